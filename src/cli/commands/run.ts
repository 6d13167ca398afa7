import { modules } from '../../modules/index.ts'
import { loadPlaybook } from '../../playbook/load.ts'
import { unknownTags } from '../../playbook/tags.ts'
import type { Playbook } from '../../playbook/types.ts'
import { resolveTargets } from '../../run/targets.ts'
import { findPlaybook, loadConfig } from '../config.ts'
import { exitCode } from '../exit-code.ts'
import { listHosts, listTags, listTasks } from '../listing.ts'
import type { RunFlags } from '../options.ts'
import { Stop } from '../stop.ts'
import { loadWorld, searchPaths, type World } from '../world.ts'

/** `vflag-play [playbook]`: checks everything, runs the playbook, shows it, and gives the exit status. */
export async function run(given: string | undefined, flags: RunFlags): Promise<number> {
  const cwd = process.cwd()
  const file = findPlaybook(given, loadConfig(cwd), cwd)
  const world = loadWorld(flags, file)
  const playbook = checkedPlaybook(file, world)
  const tags = { only: flags.tags, skip: flags.skipTags }
  const wrongTags = unknownTags(playbook, [...flags.tags, ...flags.skipTags])
  if (wrongTags.length > 0) {
    throw new Stop(wrongTags)
  }
  const targets = resolveTargets(playbook, world.inventory, world.limit, world.extraVars, Math.random)
  if (!targets.ok) throw new Stop(targets.error)
  if (flags.syntaxCheck) return say(`playbook: ${file}`)
  if (flags.listHosts) return say(listHosts(playbook, targets.value))
  if (flags.listTasks) return say(listTasks(playbook, tags))
  if (flags.listTags) return say(listTags(playbook))
  // What talks to hosts is loaded only when some are to be talked to: checks answer sooner.
  const { perform } = await import('../perform.ts')
  return await perform(world, playbook, targets.value, flags)
}

function checkedPlaybook(file: string, world: World): Playbook {
  const loaded = loadPlaybook(file, {
    reader: world.reader,
    modules,
    inventory: world.inventory,
    extraVars: world.extraVars,
    searchPaths: searchPaths(world),
  })
  if (!loaded.ok) throw new Stop(loaded.error)
  return loaded.value
}

function say(text: string): number {
  process.stdout.write(text.endsWith('\n') ? text : `${text}\n`)
  return exitCode.ok
}
