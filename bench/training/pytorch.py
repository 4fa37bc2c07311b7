"""Training steps of Wav2Lip's generator in PyTorch, from the network's description (Prajwal et al. 2020).

python3 pytorch.py WEIGHTS.safetensors INPUTS.f32 THREADS: says what it runs on, then takes one step for each line
of standard input and answers with its milliseconds and its loss.
"""
import json
import struct
import sys
import time

import torch
from torch import nn

BATCH, FRAMES, LEARNING_RATE = 2, 5, 1e-4


class Block(nn.Module):
    """A convolution, plain or transposed, batch norm, the input where residual, ReLU."""

    def __init__(self, convolution, residual=False):
        super().__init__()
        self.conv_block = nn.Sequential(convolution, nn.BatchNorm2d(convolution.out_channels))
        self.residual = residual

    def forward(self, x):
        y = self.conv_block(x)
        return torch.relu(y + x if self.residual else y)


def conv(i, o, kernel=3, stride=1, pad=1):
    return Block(nn.Conv2d(i, o, kernel, stride, pad))


def same(channels, count):
    return [Block(nn.Conv2d(channels, channels, 3, 1, 1), True) for _ in range(count)]


def down(i, o, count):
    return nn.Sequential(conv(i, o, 3, 2), *same(o, count))


def up(i, o):
    return nn.Sequential(Block(nn.ConvTranspose2d(i, o, 3, 2, 1, 1)), *same(o, 2))


class Generator(nn.Module):
    def __init__(self):
        super().__init__()
        narrow = [nn.Sequential(conv(512, 512, 3, 1, 0), conv(512, 512, 1, 1, 0))]
        downs = [down(i, o, n) for i, o, n in ((16, 32, 2), (32, 64, 3), (64, 128, 2), (128, 256, 2), (256, 512, 1))]
        self.face_encoder_blocks = nn.ModuleList([nn.Sequential(conv(6, 16, 7, 1, 3)), *downs, *narrow])
        self.audio_encoder = nn.Sequential(
            conv(1, 32), *same(32, 2), conv(32, 64, 3, (3, 1)), *same(64, 2), conv(64, 128, 3, 3), *same(128, 2),
            conv(128, 256, 3, (3, 2)), *same(256, 1), conv(256, 512, 3, 1, 0), conv(512, 512, 1, 1, 0))
        first = nn.Sequential(Block(nn.ConvTranspose2d(1024, 512, 3)), *same(512, 1))
        ups = [up(i, o) for i, o in ((1024, 512), (768, 384), (512, 256), (320, 128), (160, 64))]
        self.face_decoder_blocks = nn.ModuleList([nn.Sequential(conv(512, 512, 1, 1, 0)), first, *ups])
        self.output_block = nn.Sequential(conv(80, 32), nn.Conv2d(32, 3, 1), nn.Sigmoid())

    def forward(self, mel, face):
        skips = []
        for block in self.face_encoder_blocks:
            face = block(face)
            skips.append(face)
        x = self.audio_encoder(mel)
        for block in self.face_decoder_blocks:
            x = torch.cat([block(x), skips.pop()], 1)
        return self.output_block(x)


def load(path):
    with open(path, 'rb') as file:
        head = json.loads(file.read(struct.unpack('<Q', file.read(8))[0]))
        data = bytearray(file.read())
    head.pop('__metadata__', None)
    types = {'F32': torch.float32, 'I64': torch.int64}
    tensors = {}
    for name, entry in head.items():
        begin, end = entry['data_offsets']
        values = torch.frombuffer(data[begin:end], dtype=types[entry['dtype']])
        tensors[name] = values.reshape(entry['shape']).clone()
    return tensors


def main(weights, inputs, threads):
    torch.set_num_threads(int(threads))
    network = Generator()
    network.load_state_dict(load(weights))
    optimizer = torch.optim.Adam(network.parameters(), lr=LEARNING_RATE)
    with open(inputs, 'rb') as file:
        values = torch.frombuffer(bytearray(file.read()), dtype=torch.float32)
    count = BATCH * FRAMES
    shapes = [(count, 1, 80, 16), (count, 6, 96, 96), (count, 3, 96, 96)]
    sizes = [torch.Size(shape).numel() for shape in shapes]
    mel, faces, target = [part.reshape(shape) for part, shape in zip(values.split(sizes), shapes)]
    print(json.dumps({'description': f'PyTorch {torch.__version__.split("+")[0]}'}), flush=True)
    for _ in sys.stdin:
        begin = time.perf_counter()
        optimizer.zero_grad()
        loss = nn.functional.l1_loss(network(mel, faces), target)
        loss.backward()
        optimizer.step()
        value = loss.item()
        print(json.dumps({'milliseconds': (time.perf_counter() - begin) * 1000, 'loss': value}), flush=True)


main(*sys.argv[1:])
