import { dirname } from 'node:path';
import { parse, stringify } from 'yaml';
import { startBackend } from '../lib/backend/backend.ts';
import type { Config } from '../lib/config/configurator.ts';
import { modelSettings } from '../lib/config/schema/model.ts';
import { datasetNamed } from '../lib/data/datasets.ts';
import { widthOf } from '../lib/model/audio_driven_talkingface/wav2lip/width.ts';
import { modelNamed } from '../lib/model/registry.ts';
import { withWeights } from '../lib/model/weights_file.ts';
import { evaluateModel, type ModelEvaluation } from '../lib/quick_start/evaluate_model.ts';
import type { EvaluateCommandOptions } from './commands/evaluate.ts';
import { interruptSignal } from './interrupt.ts';
import { metricResources } from './metric_resources.ts';
import { withoutMissingExpert } from './missing_expert.ts';
import { registerNodeBackends } from './platform/backends.ts';
import { nodeFiles } from './platform/file_store.ts';
import { nodeMedia } from './platform/media.ts';
import { type ConfigFile, runConfig } from './run_config.ts';
import { latestRun, newRunFolder } from './run_folders.ts';
import { preprocessDataset, sayReport } from './run_preprocess.ts';
import { scoreTable, writeLosses } from './score_table.ts';

/** Evaluates the weights of a model, by default those of its latest run, on the test clips of a data set. */
export async function evaluateCheckpoint(
  options: EvaluateCommandOptions,
  tokens: string[],
): Promise<{ result: ModelEvaluation; text: string }> {
  const say = (line: string) => {
    if (!options.quiet) console.error(line);
  };
  const config = await checkpointConfig(options, tokens, say);
  const signal = interruptSignal();
  if (config.get('need_preprocess')) {
    const report = await preprocessDataset(config, signal);
    if (!options.quiet && report.made + report.skipped.length > 0) sayReport(report);
  }
  registerNodeBackends();
  const { description } = await startBackend(config.get('backend'));
  say(`Evaluating ${config.get('checkpoint')} on ${config.dataset} with ${description}.`);
  const resources = metricResources(config, async () => {});
  const folder = newRunFolder(config, 'evaluate');
  const parts = { config, files: nodeFiles, media: nodeMedia, resources, folder };
  const result = await evaluateModel(parts, { signal, onMessage: say });
  return { result, text: summary(result) };
}

/** The settings of the evaluation: those that decide what the network is come from the weights' own run, or from the weights. */
async function checkpointConfig(
  options: EvaluateCommandOptions,
  tokens: string[],
  say: (line: string) => void,
): Promise<Config> {
  const asked = await runConfig(options, tokens);
  modelNamed(asked.model);
  datasetNamed(asked.dataset);
  const latest = () => latestRun(asked, 'best', 'evaluate; name weights with --checkpoint');
  const checkpoint = asked.get('checkpoint') ?? (await latest());
  const ofWeights = (await ofRun(checkpoint, asked)) ?? (await ofFile(checkpoint, asked));
  const before = [ofWeights, { name: 'the evaluation', text: stringify({ checkpoint, resume: false }) }];
  // Weights may have moved away from the expert that they were trained with.
  return withoutMissingExpert([options, tokens, before], (origin) => origin === 'the command line', say);
}

/** The settings of the run that weights are from; of a run on other data, only those of the model. */
async function ofRun(checkpoint: string, { dataset }: Config): Promise<ConfigFile | undefined> {
  for (const folder of [checkpoint, dirname(checkpoint)]) {
    const name = `${folder}/config.yaml`;
    const bytes = await nodeFiles.read(name);
    if (bytes === undefined) continue;
    const settings = parse(new TextDecoder().decode(bytes)) as Record<string, unknown>;
    if (settings.dataset === dataset) return { name, text: stringify(settings) };
    const own = Object.entries(settings).filter(([key]) => key in modelSettings);
    return { name, text: stringify(Object.fromEntries(own)) };
  }
  return undefined;
}

async function ofFile(checkpoint: string, config: Config): Promise<ConfigFile> {
  const network = config.model === 'syncnet' ? 'expert' : 'generator';
  const width = await withWeights(nodeFiles, checkpoint, async (weights) => widthOf(network, weights));
  return { name: checkpoint, text: stringify({ width }) };
}

function summary({ folder, clips, losses, report, scores, copied }: ModelEvaluation): string {
  const columns = {
    generated: scores?.map(({ generated }) => generated) ?? [],
    copied: copied?.map(({ generated }) => generated) ?? [],
    real: scores?.map(({ real }) => real) ?? [],
  };
  return [
    `test losses on ${clips} clip${clips === 1 ? '' : 's'}: ${writeLosses(losses)}`,
    ...(report ? [report] : []),
    ...(scores ? scoreTable(scores, columns) : []),
    `numbers: ${folder}/metrics.json`,
  ].join('\n');
}
