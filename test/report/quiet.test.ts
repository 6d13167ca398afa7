import { expect, test } from 'vitest'
import { quietReporter } from '../../src/report/quiet.ts'
import { recordedRun } from '../support/event-stream.ts'
import { FakeScreen } from '../support/fake-screen.ts'

test('quiet shows warnings, failures and the recap', async () => {
  const screen = new FakeScreen()
  const reporter = quietReporter(screen)
  for (const event of recordedRun) reporter.on(event)
  await reporter.end()
  expect(screen.text).toMatchInlineSnapshot(`
    "warning: hv2: the clock is 3 minutes off

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
    hv1                        : ok=4    changed=2    unreachable=0    failed=1    skipped=0    rescued=0    ignored=0   
    hv2                        : ok=4    changed=2    unreachable=0    failed=1    skipped=0    rescued=0    ignored=0   
    hv3                        : ok=4    changed=1    unreachable=1    failed=0    skipped=0    rescued=0    ignored=0   
    hv4                        : ok=5    changed=1    unreachable=0    failed=0    skipped=1    rescued=0    ignored=1   

    4 hosts in 6.4 s, exit status 2
    "
  `)
})
