import { describe, expect, test } from 'vitest'
import type { CheckRow } from '../../src/module/rows.ts'
import { checkTable } from '../../src/report/check-table.ts'
import { jsonLine } from '../../src/report/json.ts'
import { linesReporter } from '../../src/report/lines.ts'
import { TreeReporter } from '../../src/report/tree.ts'
import type { RunEvent } from '../../src/run/event.ts'
import { colors } from '../../src/shared/color.ts'
import { task } from '../support/event-stream.ts'
import { FakeScreen } from '../support/fake-screen.ts'

const rows: readonly CheckRow[] = [
  { check: 'e-switch', state: 'ok', evidence: 'ens2f0 and ens2f1 are in switchdev mode' },
  { check: 'LACP', state: 'not ok', evidence: 'ens2f0 and ens2f1 have no LACP partner', hint: 'look at the switch' },
  { check: 'VMs', state: 'unknown', evidence: 'libvirt does not \u001b[2Janswer' },
]
const events: readonly RunEvent[] = task(
  { id: 1, task: 'Look at everything', module: 'health', hosts: ['hv1', 'hv2'] },
  { host: 'hv1', outcome: 'ok', because: 'all of it holds', rows: rows.slice(0, 1) },
  {
    host: 'hv2',
    outcome: 'failed',
    because: '1 of 3 checks does not hold',
    rows,
    error: { message: '1 of 3 checks does not hold', hint: 'look at the switch' },
  },
)

test('rows stand in plain columns, and remote text cannot repaint the terminal', () => {
  expect(checkTable(rows, null, colors(false))).toEqual([
    'e-switch  ok       ens2f0 and ens2f1 are in switchdev mode',
    'LACP      not ok   ens2f0 and ens2f1 have no LACP partner',
    'VMs       unknown  libvirt does not \\x1b[2Janswer',
  ])
})

test('evidence goes on below itself where a terminal is narrow', () => {
  expect(checkTable(rows.slice(0, 2), 45, colors(false))).toEqual([
    'e-switch  ok      ens2f0 and ens2f1 are in',
    '                  switchdev mode',
    'LACP      not ok  ens2f0 and ens2f1 have no',
    '                  LACP partner',
  ])
})

describe('a task that shows rows', () => {
  test('has a table per host in lines, whether it went well or not', async () => {
    const screen = new FakeScreen({ color: false })
    const reporter = linesReporter(screen, { diff: false, verbosity: 0 }, () => 0)
    for (const event of events) reporter.on(event)
    await reporter.end()
    expect(screen.text).toMatchInlineSnapshot(`
      "
      TASK [Look at everything] *****************************************************
      ok: [hv1]
        e-switch  ok  ens2f0 and ens2f1 are in switchdev mode
      failed: [hv2]
        e-switch  ok       ens2f0 and ens2f1 are in switchdev mode
        LACP      not ok   ens2f0 and ens2f1 have no LACP partner
        VMs       unknown  libvirt does not \\x1b[2Janswer
        1 of 3 checks does not hold
        next        look at the switch
      "
    `)
  })

  test('has one in the tree as well', async () => {
    const screen = new FakeScreen({ color: false, columns: 90 })
    const reporter = new TreeReporter(screen, { diff: false, verbosity: 0 }, () => 0)
    for (const event of events) reporter.on(event)
    await reporter.end()
    expect(screen.text.slice(screen.text.lastIndexOf('  ✗ '))).toMatchInlineSnapshot(`
      "  ✗ Look at everything                                        ok 1 · failed 1
          hv1  ok  all of it holds
            e-switch  ok  ens2f0 and ens2f1 are in switchdev mode
          hv2  failed  1 of 3 checks does not hold
            e-switch  ok       ens2f0 and ens2f1 are in switchdev mode
            LACP      not ok   ens2f0 and ens2f1 have no LACP partner
            VMs       unknown  libvirt does not \\x1b[2Janswer
      "
    `)
  })

  test('has its rows in the JSON of the event', () => {
    const done = events.find((event) => event.event === 'host_done' && event.host === 'hv2')
    if (!done) throw new Error('no such event')
    expect(JSON.parse(jsonLine(done, new Date(0)))).toMatchObject({ host: 'hv2', outcome: 'failed', rows })
  })
})
