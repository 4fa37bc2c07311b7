import type { Row } from './report.ts';
export async function benchPipeline(_folder: string, _say: (line: string) => void): Promise<Row[]> {
  return [];
}
