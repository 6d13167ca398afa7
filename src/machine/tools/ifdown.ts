import type { Tool } from '../machine.ts'
import { ifdown as takeDown } from '../network/scripts.ts'
import { userlandOf } from '../profiles/userland.ts'
import { absent, done, failed } from './program.ts'

/** ifdown of network-scripts; hosts with NetworkManager or networkd have none. */
export const ifdown: Tool = async ({ machine, args }) => {
  if (userlandOf(machine).network !== 'network-scripts') return absent('ifdown')
  const name = args.find((arg) => !arg.startsWith('-'))
  if (name === undefined) return failed(1, 'usage: ifdown <configuration>\n')
  const { problem } = await takeDown(machine, name)
  return problem === null ? done() : failed(1, problem)
}
