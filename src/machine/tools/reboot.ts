import type { Tool } from '../machine.ts'
import { done } from './program.ts'
import { restartSoon } from './shutdown.ts'

/** reboot(8). */
export const reboot: Tool = ({ machine }) => {
  restartSoon(machine, 0)
  return done()
}
