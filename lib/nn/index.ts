export { Activation } from './activation.ts';
export { BatchNorm } from './batch_norm.ts';
export { Conv2dBlock, ConvTranspose2dBlock, NoNormConv2dBlock } from './conv_block.ts';
export { ConvTranspose2d } from './conv_transpose.ts';
export { Conv2d } from './convolution.ts';
export { Linear } from './linear.ts';
export { Layer, type LoadOptions, Module } from './module.ts';
export { MaxPool2d } from './pooling.ts';
export { chain, ModuleList, Sequential } from './sequential.ts';
