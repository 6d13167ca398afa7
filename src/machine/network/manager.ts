import { gave, refused } from '../errno.ts'
import { stableUuid } from '../identity.ts'
import type { Machine, Sys } from '../machine.ts'
import type { DiskEntry } from '../state.ts'
import { applyAddresses, applyBond, applyEthtool, dropAddresses, enslave } from './apply.ts'
import type { Connection } from './connection.ts'
import { fromIfcfg, IFCFG_FOLDER, parseIfcfg, readIfcfgs } from './ifcfg.ts'
import { KEYFILE_FOLDER, keyfilePaths, parseKeyfile } from './keyfile.ts'

/** A connection profile that NetworkManager holds. */
export interface Profile extends Connection {
  readonly uuid: string
}

/** How activating ended. */
export type Activation = { readonly ok: true; readonly note: string } | { readonly ok: false; readonly problem: string }

/** Whether the daemon answers. */
export function managerRuns(machine: Machine): boolean {
  return machine.state.services['NetworkManager.service']?.active ?? false
}

/** What it has read and activated on a host that was just installed: everything that starts by itself. */
export function pristineManager(files: Readonly<Record<string, DiskEntry>>): {
  profiles: Record<string, string>
  active: string[]
} {
  const profiles = managed(
    Object.entries(files).flatMap(([path, entry]): [string, string][] =>
      (path.startsWith(`${IFCFG_FOLDER}/ifcfg-`) || path.startsWith(`${KEYFILE_FOLDER}/`)) && entry.type === 'file'
        ? [[path, entry.content]]
        : [],
    ),
  )
  const known = Object.entries(profiles).flatMap(([path, text]) => toConnection(path, text) ?? [])
  return { profiles, active: known.filter((each) => each.onBoot).map((each) => each.path) }
}

/** Reads the profiles again, as `nmcli connection reload` makes it: what is active stays so. Files with NM_CONTROLLED=no are not its business. */
export function reloadProfiles(machine: Machine): void {
  const before = profilesOf(machine).filter((profile) => isActive(machine, profile))
  const active = before.map(({ path }) => path)
  machine.state.networkManager = { profiles: onDisk(machine), active }
  const known = new Set(profilesOf(machine).map(({ path }) => path))
  memory(machine).active = active.filter((path) => known.has(path))
}

/** What it does when it starts: reads the profiles and activates those that ask for it. */
export async function startManager(machine: Machine): Promise<void> {
  machine.state.networkManager = { profiles: onDisk(machine), active: [] }
  await activateWanted(machine)
}

/** What a restart does: interfaces stay as they are; profiles that are new and want to be active get so. */
export async function restartManager(machine: Machine): Promise<void> {
  reloadProfiles(machine)
  await activateWanted(machine)
}

/** The profiles that it knows, in the order of their names. */
export function profilesOf(machine: Machine): readonly Profile[] {
  return Object.entries(memory(machine).profiles)
    .flatMap(([path, text]) => toProfile(machine, path, text) ?? [])
    .sort((a, b) => (a.id < b.id ? -1 : 1))
}

/** A profile by name, UUID or path. */
export function findProfile(machine: Machine, word: string): Profile | null {
  return profilesOf(machine).find(({ id, uuid, path }) => id === word || uuid === word || path === word) ?? null
}

/** Whether a profile is active: it was activated and its device is still there. */
export function isActive(machine: Machine, profile: Profile): boolean {
  const link = machine.kernel.link(profile.device)
  const master = profile.master
  return (
    memory(machine).active.includes(profile.path) && link !== undefined && (master === null || link.master === master)
  )
}

/** Activates a profile; a bond takes those of its members along that start by themselves, a member its bond. Being active already means: once more from the start. */
export async function activate(machine: Machine, profile: Profile): Promise<Activation> {
  if (profile.type === 'bond') return activateBond(machine, profile)
  const link = machine.kernel.link(profile.device)
  if (!link) {
    return {
      ok: false,
      problem: `Connection activation failed: No suitable device found for this connection (device lo not available because profile is not compatible with device (mismatching interface name)).`,
    }
  }
  const master = profile.master
  if (master === null) {
    machine.kernel.setLinkUp(profile.device, true)
    await applyEthtool(machine, profile)
    if (profile.dhcp && link.kind !== 'management') {
      await machine.time.sleep(45)
      return {
        ok: false,
        problem:
          'Connection activation failed: IP configuration could not be reserved (no available address, timeout, etc.)',
      }
    }
    applyAddresses(machine, profile)
    remember(machine, profile)
    return { ok: true, note: '' }
  }
  const bond = profilesOf(machine).find((each) => each.type === 'bond' && each.device === master)
  if (!bond) return { ok: false, problem: `Connection activation failed: Master connection '${master}' not found` }
  if (!isActive(machine, bond)) return activateBond(machine, bond)
  await joinBond(machine, profile, master)
  return { ok: true, note: '' }
}

/** Deactivates a profile. A bond that it made is removed and its members are free. */
export function deactivate(machine: Machine, profile: Profile): void {
  const { device } = profile
  if (profile.type === 'bond') {
    for (const member of profilesOf(machine)) if (member.master === device) forget(machine, member)
    machine.kernel.deleteLink(device)
  } else if (profile.master !== null) machine.kernel.setMaster(device, null)
  else dropAddresses(machine, profile)
  forget(machine, profile)
}

/** Writes the file of a new profile and takes it in; nothing else is read again. */
export async function addProfile(machine: Machine, path: string, text: string): Promise<Sys<Profile>> {
  const written = await machine.files.write(path, Buffer.from(text))
  if (!written.ok) return written
  if (path.startsWith(KEYFILE_FOLDER)) machine.files.chmod(path, '0600')
  memory(machine).profiles[path] = text
  const profile = toProfile(machine, path, text)
  return profile ? gave(profile) : refused('EINVAL')
}

/** Deactivates a profile and removes its file. */
export function deleteProfile(machine: Machine, profile: Profile): void {
  if (isActive(machine, profile)) deactivate(machine, profile)
  machine.files.remove(profile.path, false)
  delete memory(machine).profiles[profile.path]
}

async function activateBond(machine: Machine, profile: Profile): Promise<Activation> {
  const { device } = profile
  const members = profilesOf(machine).filter((each) => each.master === device && each.onBoot)
  const link = machine.kernel.link(device)
  for (const slave of link?.bond?.slaves ?? []) machine.kernel.setMaster(slave, null)
  if (link) machine.kernel.setLinkUp(device, false)
  applyBond(machine, device, profile.options)
  machine.kernel.setLinkUp(device, true)
  applyAddresses(machine, profile)
  remember(machine, profile)
  let joined = 0
  for (const member of members) {
    if (!machine.kernel.link(member.device)) continue
    await joinBond(machine, member, device)
    joined++
  }
  return { ok: true, note: joined === 0 ? ' (controller waiting for ports)' : '' }
}

async function joinBond(machine: Machine, profile: Profile, bond: string): Promise<void> {
  await applyEthtool(machine, profile)
  enslave(machine, profile.device, bond)
  remember(machine, profile)
}

// One profile a device: the one of highest priority, bonds before their members.
async function activateWanted(machine: Machine): Promise<void> {
  const wanted = profilesOf(machine).filter(({ onBoot }) => onBoot)
  const best = wanted.filter(
    (profile) => !wanted.some((other) => other.device === profile.device && other.priority > profile.priority),
  )
  for (const profile of [...best].sort((a, b) => Number(b.type === 'bond') - Number(a.type === 'bond'))) {
    if (!isActive(machine, profile)) await activate(machine, profile)
  }
}

function memory(machine: Machine): { profiles: Record<string, string>; active: string[] } {
  machine.state.networkManager ??= { profiles: onDisk(machine), active: [] }
  return machine.state.networkManager
}

function onDisk(machine: Machine): Record<string, string> {
  const scripts = hasPlugin(machine) ? readIfcfgs(machine).map(({ file }) => `${IFCFG_FOLDER}/ifcfg-${file}`) : []
  const texts = [...scripts, ...keyfilePaths(machine)].flatMap((path): [string, string][] => {
    const read = machine.files.read(path)
    return read.ok ? [[path, Buffer.from(read.value).toString('utf8')]] : []
  })
  return managed(texts)
}

// ifcfg-rh: on Red Hat's 8 and 9; 10 has it no more.
const hasPlugin = (machine: Machine): boolean => ['el8.4', 'el9', 'client'].includes(machine.state.profile.os)

function managed(texts: readonly (readonly [path: string, text: string])[]): Record<string, string> {
  return Object.fromEntries(
    texts.filter(([path, text]) => {
      const connection = toConnection(path, text)
      if (!connection || connection.device === 'lo') return false
      return (
        path.startsWith(KEYFILE_FOLDER) || !/^(no|false|n)$/i.test(ifcfgOf(path, text).values['NM_CONTROLLED'] ?? 'yes')
      )
    }),
  )
}

const ifcfgOf = (path: string, text: string) => parseIfcfg(path.slice(`${IFCFG_FOLDER}/ifcfg-`.length), text)

function toConnection(path: string, text: string): Connection | null {
  return path.startsWith(KEYFILE_FOLDER) ? parseKeyfile(path, text) : fromIfcfg(ifcfgOf(path, text))
}

function toProfile(machine: Machine, path: string, text: string): Profile | null {
  const connection = toConnection(path, text)
  return connection && { ...connection, uuid: connection.uuid ?? stableUuid(machine.state.name, path) }
}

// A device has one active profile: the new one takes the place of the other.
function remember(machine: Machine, { path, device }: Profile): void {
  const held = memory(machine)
  const same = profilesOf(machine).filter((each) => each.device === device)
  held.active = [...held.active.filter((each) => !same.some((other) => other.path === each)), path]
}

function forget(machine: Machine, { path }: Profile): void {
  const held = memory(machine)
  held.active = held.active.filter((each) => each !== path)
}
