import { expect, test } from 'vitest'
import { linesReporter } from '../../src/report/lines.ts'
import type { RunEvent } from '../../src/run/event.ts'
import { recordedRun, task } from '../support/event-stream.ts'
import { FakeScreen } from '../support/fake-screen.ts'

async function show(
  events: readonly RunEvent[],
  options = { diff: true, verbosity: 0 },
  color = false,
): Promise<string> {
  const screen = new FakeScreen({ color })
  const reporter = linesReporter(screen, options, () => 0)
  for (const event of events) reporter.on(event)
  await reporter.end()
  return screen.text
}

test('a run reads like one of Ansible, with hosts that ended the same way on one line', async () => {
  expect(await show(recordedRun)).toMatchInlineSnapshot(`
    "
    PLAY [Firmware and card] ******************************************************

    TASK [Gathering Facts] ********************************************************
    ok: [hv1, hv2, hv3, hv4]

    TASK [Write the message] ******************************************************
    ok: [hv3]
    skipping: [hv4]
    changed: [hv1, hv2] => /etc/motd
    --- before: /etc/motd
    +++ after: /etc/motd
    @@ -1,2 +1,2 @@
     one
    -two
    +three

    TASK [Create the VFs] *********************************************************
    changed: [hv1, hv2, hv3, hv4] (item=ens2f0) => count of ens2f0: 0 -> 2

    TASK [Show it] ****************************************************************
    ok: [hv1, hv2, hv3, hv4]
      vfs: 2
      mode: legacy
    [WARNING]: hv2: the clock is 3 minutes off
    retrying: [hv1] (3 retries left): not yet r.rc == 0

    TASK [Set switchdev] **********************************************************
    ok: [hv4]
    failed: [hv1, hv2]
      the command failed: exit status 1
      command     devlink dev eswitch set pci/0000:61:00.0 mode switchdev
      exit status 1
      stderr      Error: mlx5_core: \\x1b[2JFailed to create LAG.
                  kernel answers: Device or resource busy
      at          playbooks/vflag-lacp.yaml:25:7
      next        take the VFs from the host drivers first
    lost: [hv3]
      the link died
      at          playbooks/vflag-lacp.yaml:25:7

    RUNNING HANDLER [Say so] ******************************************************
    ignored: [hv4] => exit status 2

    PLAY RECAP
    hv1                        : ok=4    changed=2    unreachable=0    failed=1    skipped=0    rescued=0    ignored=0   
    hv2                        : ok=4    changed=2    unreachable=0    failed=1    skipped=0    rescued=0    ignored=0   
    hv3                        : ok=4    changed=1    unreachable=1    failed=0    skipped=0    rescued=0    ignored=0   
    hv4                        : ok=5    changed=1    unreachable=0    failed=0    skipped=1    rescued=0    ignored=1   

    4 hosts in 6.4 s, exit status 2
    "
  `)
})

test('with -v quiet hosts say why, and notified handlers are named', async () => {
  const text = await show(recordedRun.slice(0, 25), { diff: false, verbosity: 1 })
  expect(text).toContain('ok: [hv3] => /etc/motd has this content already\nskipping: [hv4] => not motd\n')
  expect(text).toContain('notified: [hv1] => Say so\n')
})

test('without colour not one escape is written, with colour outcomes have theirs', async () => {
  expect(await show(recordedRun)).not.toContain('\u001b')
  expect(await show(recordedRun, { diff: false, verbosity: 0 }, true)).toContain('\u001b[33mchanged: [hv1, hv2]')
})

test('a task that was cut short is shown as far as it came', async () => {
  const events = task({ id: 1, task: 'Long', module: 'm', hosts: ['a', 'b'] }, { host: 'a', outcome: 'ok' }).slice(
    0,
    -1,
  )
  expect(await show([...events, { event: 'interrupted' }])).toBe(
    `\nTASK [Long] ${'*'.repeat(67)}\nInterrupted: what runs is finished, nothing new starts.\nok: [a]\n`,
  )
})

test('a play nobody is left for says so', async () => {
  expect(await show([{ event: 'play_start', play: 'P', hosts: [] }])).toBe(
    `\nPLAY [P] ${'*'.repeat(70)}\nno host for it\n`,
  )
})
