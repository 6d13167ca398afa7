import { type CommandRead, command } from '../../module/read.ts'
import type { Readings } from '../../module/reading.ts'

/** The unit that runs before the network. */
export const preUnit = 'vflag-pre.service'

/** The unit that runs after the network. */
export const postUnit = 'vflag-post.service'

/** What systemd knows of one of them. */
export interface BootUnit {
  readonly name: string
  /** It starts at a boot. */
  readonly enabled: boolean
  /** `active`, `inactive`, `failed`. */
  readonly active: string
}

/** What to look at for {@link bootUnit}. */
export const bootUnitsRead: CommandRead = command(
  'systemctl',
  'show',
  '-p',
  'Id,ActiveState,UnitFileState',
  preUnit,
  postUnit,
)

/** One of the units, from {@link bootUnitsRead}: `systemctl show` prints a block of lines for each, apart by an empty line. */
export function bootUnit(name: string, seen: Readings): BootUnit {
  const { stdout } = seen.command(...bootUnitsRead.argv)
  const block = stdout.split('\n\n').find((each) => each.split('\n').includes(`Id=${name}`)) ?? ''
  const value = (key: string): string => new RegExp(`^${key}=(.*)$`, 'm').exec(block)?.[1] ?? ''
  return { name, enabled: value('UnitFileState') === 'enabled', active: value('ActiveState') || 'inactive' }
}
