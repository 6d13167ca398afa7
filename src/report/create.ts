import { unreachable } from '../shared/unreachable.ts'
import { jsonReporter } from './json.ts'
import { linesReporter } from './lines.ts'
import { quietReporter } from './quiet.ts'
import type { Reporter, ReportOptions, Screen } from './reporter.ts'

/** The views that `--output` names. */
export type ReporterKind = 'tree' | 'lines' | 'json' | 'quiet'

/** Makes a view. The caller falls back to lines where there is no terminal for a tree. */
export async function createReporter(
  kind: ReporterKind,
  screen: Screen,
  options: ReportOptions,
  clock: () => Date,
): Promise<Reporter> {
  const now = (): number => clock().getTime()
  switch (kind) {
    case 'tree': {
      // It brings listr2 with it, which no other view needs.
      const { TreeReporter } = await import('./tree.ts')
      return new TreeReporter(screen, options, now)
    }
    case 'lines':
      return linesReporter(screen, options, now)
    case 'json':
      return jsonReporter(screen, clock)
    case 'quiet':
      return quietReporter(screen)
    default:
      return unreachable(kind)
  }
}
