import type { Tool } from '../machine.ts'
import { ifdown as takeDown } from '../network/scripts.ts'
import { absent, done, failed } from './program.ts'

/** ifdown of network-scripts; RHEL 9 has none. */
export const ifdown: Tool = async ({ machine, args }) => {
  if (machine.state.profile.os !== 'rhel7.7') return absent('ifdown')
  const name = args.find((arg) => !arg.startsWith('-'))
  if (name === undefined) return failed(1, 'usage: ifdown <configuration>\n')
  const { problem } = await takeDown(machine, name)
  return problem === null ? done() : failed(1, problem)
}
