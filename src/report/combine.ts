import type { Reporter } from './reporter.ts'

/** Several views of one run, as one. */
export function combineReporters(...reporters: readonly Reporter[]): Reporter {
  return {
    on(event) {
      for (const reporter of reporters) reporter.on(event)
    },
    async end() {
      await Promise.all(reporters.map((reporter) => reporter.end()))
    },
  }
}
