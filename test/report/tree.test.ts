import { setTimeout as sleep, setImmediate as soon } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { TreeReporter } from '../../src/report/tree.ts'
import type { RunEvent } from '../../src/run/event.ts'
import { recordedRun, syntheticRun } from '../support/event-stream.ts'
import { FakeScreen } from '../support/fake-screen.ts'

const options = { diff: true, verbosity: 0 }
const terminal = (color = false) => new FakeScreen({ columns: 100, rows: 40, color })

async function show(events: readonly RunEvent[], screen: FakeScreen, pause: number): Promise<FakeScreen> {
  const reporter = new TreeReporter(screen, options, Date.now)
  for (const event of events) {
    reporter.on(event)
    if (pause > 0) await sleep(pause)
  }
  await reporter.end()
  return screen
}

test('what stays on the terminal is the plays, a row per task, who changed or failed, the failures and the recap', async () => {
  const screen = await show(recordedRun, terminal(), 0)
  expect(screen.visible.join('\n')).toMatchInlineSnapshot(`
    "playbooks/vflag-lacp.yaml  4 hosts

    Firmware and card  4 hosts
      ✓ Gathering Facts                                           ok 4  1.2 s
      ● Write the message                                         ok 1 · skipped 1 · changed 2
        hv1, hv2  changed  /etc/motd
          --- before: /etc/motd
          +++ after: /etc/motd
          @@ -1,2 +1,2 @@
           one
          -two
          +three
      ● Create the VFs                                            changed 4  3.1 s
        hv1, hv2, hv3, hv4  changed  ens2f0: count of ens2f0: 0 -> 2
      ✓ Show it                                                   ok 4
        hv1, hv2, hv3, hv4: vfs: 2
          mode: legacy
      ! hv2: the clock is 3 minutes off
      ✗ Set switchdev                                             ok 1 · failed 2 · lost 1
        hv1, hv2  failed  the command failed: exit status 1
        hv3  lost  the link died
      ! Say so (handler)                                          ignored 1
        hv4  ignored  exit status 2

    failed: hv1, hv2  Set switchdev
      the command failed: exit status 1
      command     devlink dev eswitch set pci/0000:61:00.0 mode switchdev
      exit status 1
      stderr      Error: mlx5_core: \\x1b[2JFailed to create LAG.
                  kernel answers: Device or resource busy
      at          playbooks/vflag-lacp.yaml:25:7
      next        take the VFs from the host drivers first

    lost: hv3  Set switchdev
      the link died
      at          playbooks/vflag-lacp.yaml:25:7

    PLAY RECAP
    hv1 : ok=4 changed=2 unreachable=0 failed=1 skipped=0 rescued=0 ignored=0
    hv2 : ok=4 changed=2 unreachable=0 failed=1 skipped=0 rescued=0 ignored=0
    hv3 : ok=4 changed=1 unreachable=1 failed=0 skipped=0 rescued=0 ignored=0
    hv4 : ok=5 changed=1 unreachable=0 failed=0 skipped=1 rescued=0 ignored=1

    4 hosts in 6.4 s, exit status 2
    "
  `)
})

test('a slow run leaves the same behind as a fast one, and the cursor', async () => {
  const fast = await show(recordedRun, terminal(), 0)
  const slow = await show(recordedRun, terminal(), 20)
  expect(slow.visible).toEqual(fast.visible)
  expect(slow.writes.length).toBeGreaterThan(fast.writes.length)
  expect(slow.text.split('\u001b[?25l')).toHaveLength(2)
  expect(slow.text.endsWith('\u001b[?25h')).toBe(true)
})

/** Up to the first host that is through with the task whose loop changes something. */
const untilFirstHost = recordedRun.slice(
  0,
  1 + recordedRun.findIndex((event) => event.event === 'host_done' && event.id === 3 && event.item === undefined),
)

test('while a task runs each host has a row', async () => {
  const screen = terminal()
  const reporter = new TreeReporter(screen, options, Date.now)
  for (const event of untilFirstHost) reporter.on(event)
  await sleep(300)
  const during = screen.visible.slice(-6)
  await reporter.end()
  // A spinner turns in front of hosts at work; which of its pictures is seen is chance.
  expect(during.map((line) => line.replace(/^ {4}[^✓] /u, '    * '))).toEqual([
    '  ❯ Create the VFs',
    '    ✓ hv1  changed  count of ens2f0: 0 -> 2',
    '    * hv2',
    '    * hv3',
    '    * hv4',
    '',
  ])
})

test('an end in the middle of a task shows it as far as it came and gives the cursor back', async () => {
  const screen = terminal()
  const reporter = new TreeReporter(screen, options, Date.now)
  for (const event of untilFirstHost) reporter.on(event)
  await sleep(300)
  reporter.on({ event: 'interrupted' })
  await reporter.end()
  const shown = screen.visible.filter((line) => line !== '')
  expect(shown.slice(-3)).toEqual([
    '  Interrupted: what runs is finished, nothing new starts. Again: leave now.',
    `  ● Create the VFs${' '.repeat(42)}  changed 1  3 unfinished`,
    '    hv1  changed  ens2f0: count of ens2f0: 0 -> 2',
  ])
  expect(screen.text.endsWith('\u001b[?25h')).toBe(true)
})

test('without colour the only escapes are those that move the cursor', async () => {
  const screen = await show(recordedRun, terminal(), 20)
  expect(screen.text.replaceAll(/\u001b\[(?:1A|2K|\?25[lh])/g, '')).not.toContain('\u001b')
  expect((await show(recordedRun, terminal(true), 0)).text).toContain('\u001b[33m')
})

// Wall time on a busy machine says little, hence the retries: a view that is slow stays slow.
test('400 hosts with 20 tasks take under 2 s and never hold up the run for 100 ms', { retry: 3 }, async () => {
  const reporter = new TreeReporter(terminal(), { diff: false, verbosity: 0 }, Date.now)
  let busy = 0
  let longest = 0
  const measure = async (work: () => unknown): Promise<void> => {
    const from = performance.now()
    await work()
    const took = performance.now() - from
    busy += took
    longest = Math.max(longest, took)
  }
  let number = 0
  for (const event of syntheticRun(400, 20)) {
    await measure(() => reporter.on(event))
    // Timers of the view fire here; that is its work too.
    if (++number % 50 === 0) await measure(() => soon())
  }
  await reporter.end()
  expect(busy).toBeLessThan(2000)
  expect(longest).toBeLessThan(100)
})
