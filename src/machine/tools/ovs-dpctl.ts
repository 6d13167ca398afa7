import type { Tool } from '../machine.ts'
import { datapathFlows, formatFlow } from '../ovs/flows.ts'
import { showDatapath } from './ovs-appctl.ts'
import { absent, done, failed, installed } from './program.ts'

/** ovs-dpctl(8): the kernel's datapath without vswitchd; it cannot see flows that the card has. */
export const ovsDpctl: Tool = ({ machine, args }) => {
  if (!installed(machine, 'openvswitch', 'openvswitch-switch')) return absent('ovs-dpctl')
  const [command = ''] = args.filter((arg) => !arg.startsWith('-'))
  const names = args.includes('--names')
  switch (command) {
    case 'show':
      return done(showDatapath(machine))
    case 'dump-flows':
      return done(
        datapathFlows(machine)
          .filter(({ offloaded }) => !offloaded)
          .map((flow) => formatFlow(machine, flow, names, false))
          .join(''),
      )
    default:
      return failed(1, `ovs-dpctl: unknown command '${command}'; use --help for help\n`)
  }
}
