import { expect, test } from 'vitest'
import { createReporter } from '../../src/report/create.ts'
import { recordedRun } from '../support/event-stream.ts'
import { FakeScreen } from '../support/fake-screen.ts'

test.each([
  ['tree', 'playbooks/vflag-lacp.yaml  4 hosts'],
  ['lines', ''],
  ['json', '{"event":"run_start","time":"1970-01-01T00:00:00.000Z","run":"20261122-213045-3f2a",'],
  ['quiet', 'warning: hv2: the clock is 3 minutes off'],
] as const)('--output %s begins with its own first line', async (kind, first) => {
  const screen = new FakeScreen({ columns: 100, rows: 40 })
  const reporter = await createReporter(kind, screen, { diff: false, verbosity: 0 }, () => new Date(0))
  for (const event of recordedRun) reporter.on(event)
  await reporter.end()
  const line = screen.text.split('\n')[0] ?? ''
  expect(kind === 'json' ? line.slice(0, first.length) : line).toBe(first)
})
