import type { Tool } from '../machine.ts'
import { ifup as bringUp } from '../network/scripts.ts'
import { userlandOf } from '../profiles/userland.ts'
import { absent, done, failed } from './program.ts'

/** ifup of network-scripts; hosts with NetworkManager or networkd have none. */
export const ifup: Tool = async ({ machine, args }) => {
  if (userlandOf(machine).network !== 'network-scripts') return absent('ifup')
  const name = args.find((arg) => !arg.startsWith('-'))
  if (name === undefined) return failed(1, 'Usage: ifup <configuration>\n')
  const { problem } = await bringUp(machine, name)
  return problem === null ? done() : failed(1, problem)
}
