/** A file of weights that others publish. */
export interface WeightsFile {
  /** Where it goes below the folder of weights, which is where the settings and the docs look for it. */
  readonly path: string;
  /** The official address: of the file itself, or of a page for people where there is none. */
  readonly address: string;
  /** Missing where only a person can fetch the file. */
  readonly sha256?: string;
  readonly bytes?: number;
}

/** Weights as a user asks for them. */
export interface WeightsEntry {
  readonly doc: string;
  /** What a user has to agree to. */
  readonly licence: string;
  /** Where it says so. */
  readonly terms: string;
  readonly files: readonly WeightsFile[];
}

const wav2lip = {
  licence:
    'For personal, research and non-commercial use only, since the networks were trained on LRS2; any commercial use is prohibited.',
  terms: 'https://github.com/Rudrabha/Wav2Lip#readme',
} as const;

const wav2lipFolder = 'https://drive.google.com/drive/folders/1I-0dNLfFOSFwrfqjNa-SXuwaURHE5K4k';

const imageNet = {
  licence: 'BSD-3-Clause (torchvision); the network was trained on ImageNet, whose terms are non-commercial research.',
  terms: 'https://github.com/pytorch/vision/blob/main/LICENSE',
} as const;

const lpips = {
  licence: `BSD-2-Clause (LPIPS). ${imageNet.licence}`,
  terms: 'https://github.com/richzhang/PerceptualSimilarity/blob/master/LICENSE',
} as const;

const lpipsAddress = 'https://raw.githubusercontent.com/richzhang/PerceptualSimilarity/master/lpips/weights/v0.1';

/**
 * Weights of others that networks here load, by name. Checksums: those of s3fd, alexnet, vgg16 and the Inception network begin
 * with the digits that their authors put into the files' names; lpips's are of the files in its repository at 082bb24;
 * syncnet_v2's authors publish none, the one here is what several public projects recorded.
 */
export const catalogue: Readonly<Record<string, WeightsEntry>> = {
  wav2lip: {
    doc: "Wav2Lip's generator.",
    ...wav2lip,
    files: [
      {
        path: 'wav2lip/wav2lip.pth',
        address: 'https://drive.google.com/drive/folders/153HLrqlBNxzZcHi17PEvP09kkAfzRshM',
      },
    ],
  },
  wav2lip_gan: {
    doc: "Wav2Lip's generator, trained with the quality discriminator.",
    ...wav2lip,
    files: [
      {
        path: 'wav2lip/wav2lip_gan.pth',
        address: 'https://drive.google.com/file/d/15G3U08c8xsCkOqQxE38Z2XXDnPcOptNk/view',
      },
    ],
  },
  lipsync_expert: {
    doc: "Wav2Lip's expert, which the sync loss needs.",
    ...wav2lip,
    files: [{ path: 'wav2lip/lipsync_expert.pth', address: wav2lipFolder }],
  },
  visual_quality_disc: {
    doc: "Wav2Lip's quality discriminator.",
    ...wav2lip,
    files: [{ path: 'wav2lip/visual_quality_disc.pth', address: wav2lipFolder }],
  },
  syncnet_v2: {
    doc: 'SyncNet, which the metric lse needs.',
    licence: 'The code is MIT; its authors say nothing of the weights.',
    terms: 'https://github.com/joonson/syncnet_python/blob/master/LICENSE.md',
    files: [
      {
        path: 'LSE/syncnet_v2.model',
        address: 'https://www.robots.ox.ac.uk/~vgg/software/lipsync/data/syncnet_v2.model',
        sha256: '961e8696f888fce4f3f3a6c3d5b3267cf5b343100b238e79b2659bff2c605442',
      },
    ],
  },
  s3fd: {
    doc: 'The face detector S3FD, for lipsync --detector s3fd.',
    licence: 'The code is BSD-3-Clause; its author says nothing of the weights.',
    terms: 'https://github.com/1adrianb/face-alignment/blob/master/LICENSE',
    files: [
      {
        path: 's3fd.pth',
        address: 'https://www.adrianbulat.com/downloads/python-fan/s3fd-619a316812.pth',
        sha256: '619a31681264d3f7f7fc7a16a42cbbe8b23f31a256f75a366e5a1bcd59b33543',
        bytes: 89_843_225,
      },
    ],
  },
  lpips: {
    doc: 'AlexNet and the linear layers on it, which the metric lpips needs.',
    ...lpips,
    files: [
      {
        path: 'lpips/alexnet-owt-7be5be79.pth',
        address: 'https://download.pytorch.org/models/alexnet-owt-7be5be79.pth',
        sha256: '7be5be791159472b1fbf3c69796f7cb30dca7ad8466c2df70058c37116cdee02',
        bytes: 244_408_911,
      },
      {
        path: 'lpips/alex.pth',
        address: `${lpipsAddress}/alex.pth`,
        sha256: 'df73285e35b22355a2df87cdb6b70b343713b667eddbda73e1977e0c860835c0',
        bytes: 6009,
      },
    ],
  },
  'lpips-vgg': {
    doc: 'VGG-16 and the linear layers on it, for the metric lpips-vgg.',
    ...lpips,
    files: [
      {
        path: 'lpips/vgg16-397923af.pth',
        address: 'https://download.pytorch.org/models/vgg16-397923af.pth',
        sha256: '397923af8e79cdbb6a7127f12361acd7a2f83e06b05044ddf496e83de57a5bf0',
        bytes: 553_433_881,
      },
      {
        path: 'lpips/vgg.pth',
        address: `${lpipsAddress}/vgg.pth`,
        sha256: 'a78928a0af1e5f0fcb1f3b9e8f8c3a2a5a3de244d830ad5c1feddc79b8432868',
        bytes: 7289,
      },
    ],
  },
  fid: {
    doc: 'The Inception network of the metric fid.',
    licence: `Apache-2.0 (pytorch-fid and Google's Inception); trained on ImageNet, whose terms are non-commercial research.`,
    terms: 'https://github.com/mseitzer/pytorch-fid/blob/master/LICENSE',
    files: [
      {
        path: 'fid/pt_inception-2015-12-05-6726825d.pth',
        address:
          'https://github.com/mseitzer/pytorch-fid/releases/download/fid_weights/pt_inception-2015-12-05-6726825d.pth',
        sha256: '6726825d0af5f729cebd5821db510b11b1cfad8faad88a03f1befd49fb9129b2',
        bytes: 95_628_359,
      },
    ],
  },
};
