import { existsSync } from 'node:fs'
import path from 'node:path'
import type { Lab } from '../../lab/lab.ts'
import { didYouMean } from '../../shared/text.ts'
import { shorten } from '../config.ts'
import { exitCode } from '../exit-code.ts'
import { labDir, labHosts, startFleet } from '../hosts.ts'
import type { RunFlags } from '../options.ts'
import { onInterrupt } from '../signals.ts'
import { stop } from '../stop.ts'
import { loadWorld, type World } from '../world.ts'

/** `vflag-play lab ...`: the simulated hypervisors of the inventory. */
export async function lab(
  action: 'up' | 'status' | 'reset' | 'ssh',
  host: string | undefined,
  flags: Pick<RunFlags, 'inventory'> & { readonly command: readonly string[] },
): Promise<number> {
  const world = loadWorld(flags, null)
  const hosts = await labHosts(world, [...world.inventory.hosts.keys()])
  const names = hosts.map((each) => each.name)
  if (names.length === 0)
    throw stop('the inventory has no simulated host', 'a host is simulated when its ansible_connection is lab')
  if (host !== undefined && !names.includes(host))
    throw stop(
      `the host is "${host}", but no simulated host has that name`,
      didYouMean(host, names) ?? `there are ${names.join(', ')}`,
    )
  switch (action) {
    case 'up':
      return await up(world, names)
    case 'status':
      return await status(world, names)
    case 'reset':
      return await reset(world, host)
    case 'ssh':
      return await ssh(world, names, host ?? '', flags.command)
  }
}

/** Keeps the machines running until Ctrl-C, for ssh and other tools. */
async function up(world: World, names: readonly string[]): Promise<number> {
  const running = await startFleet(world, names)
  const config = shorten(path.join(labDir(world), 'ssh_config'), world.cwd)
  const lines = names.map((name) => `  ssh -F ${config} ${name}`)
  process.stdout.write(
    `${names.length} simulated hosts are up. Log in with\n${lines.join('\n')}\nCtrl-C ends them and keeps their state.\n`,
  )
  await new Promise<void>((resolve) => onInterrupt(resolve, () => process.exit(exitCode.interrupted)))
  await running.close()
  return exitCode.ok
}

/** Which machines have a kept state, and in what condition their cards are. */
async function status(world: World, names: readonly string[]): Promise<number> {
  const { statePath } = await import('../../lab/store.ts')
  const known = names.filter((name) => existsSync(statePath(labDir(world), name)))
  if (known.length === 0) {
    process.stdout.write(`${names.map((name) => `${name}  pristine`).join('\n')}\n`)
    return exitCode.ok
  }
  const fleet = await startFleet(world, names)
  const width = Math.max(...names.map((name) => name.length))
  process.stdout.write(names.map((name) => `${name.padEnd(width)}  ${condition(fleet, name)}\n`).join(''))
  await fleet.close()
  return exitCode.ok
}

function condition(fleet: Lab, name: string): string {
  const { profile, cards, domains } = fleet.machine(name).state
  if (profile.card === 'none') return `${profile.os}`
  const vms = Object.values(domains).filter((domain) => domain.state === 'running').length
  const each = cards.map((card) => {
    const modes = [...new Set(card.pfs.map((pf) => pf.eswitch.mode))].join('/')
    return `e-switch ${modes}, VFs ${card.pfs.map((pf) => pf.numvfs).join('+')}, LAG ${card.lag.mode}`
  })
  return `${profile.os} ${cards.map(({ model }) => model).join(' and ')}  ${each.join('; ')}, ${vms} VMs running`
}

/** Forgets what was done to all machines, or to one. */
async function reset(world: World, host: string | undefined): Promise<number> {
  const { resetLab } = await import('../../lab/store.ts')
  const { LabError } = await import('../../lab/lab-error.ts')
  try {
    await resetLab(labDir(world), { pid: process.pid, ...(host !== undefined && { host }) })
  } catch (cause) {
    if (cause instanceof LabError) throw stop(cause.message, cause.hint ?? undefined)
    throw cause
  }
  process.stdout.write(`${host === undefined ? 'every simulated host' : host} is pristine again\n`)
  return exitCode.ok
}

/** An interactive login, or one command, served in this process. */
async function ssh(world: World, names: readonly string[], host: string, command: readonly string[]): Promise<number> {
  const fleet = await startFleet(world, names)
  try {
    if (command.length > 0) {
      const { status, stdout, stderr } = await fleet.run(host, command.join(' '))
      process.stdout.write(stdout)
      process.stderr.write(stderr)
      return status
    }
    const { stdin, stdout } = process
    if (stdin.isTTY) stdin.setRawMode(true)
    stdin.resume()
    const left = await fleet.login(host, {
      onData: (listener) => stdin.on('data', listener),
      onEnd: (listener) => stdin.on('end', listener),
      show: (text) => stdout.write(text),
    })
    if (stdin.isTTY) stdin.setRawMode(false)
    stdin.pause()
    return left
  } finally {
    await fleet.close()
  }
}
