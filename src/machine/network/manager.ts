import { gave } from '../errno.ts'
import { stableUuid } from '../identity.ts'
import type { Machine, Sys } from '../machine.ts'
import type { DiskEntry } from '../state.ts'
import { applyAddresses, applyBond, applyEthtool, dropAddresses, enslave } from './apply.ts'
import { deviceOf, IFCFG_FOLDER, type Ifcfg, isBond, isOnBoot, masterOf, parseIfcfg, readIfcfgs } from './ifcfg.ts'

/** A connection profile that NetworkManager holds. */
export interface Profile {
  /** `bond0`: NAME of the file, else `System <device>`. */
  readonly id: string
  readonly uuid: string
  readonly path: string
  readonly device: string
  readonly type: 'bond' | 'ethernet'
  readonly ifcfg: Ifcfg
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
      path.startsWith(`${IFCFG_FOLDER}/ifcfg-`) && entry.type === 'file' ? [[path, entry.content]] : [],
    ),
  )
  const wanted = Object.entries(profiles).filter(([path, text]) => isOnBoot(toIfcfg(path, text)))
  return { profiles, active: wanted.map(([path, text]) => idOf(toIfcfg(path, text))) }
}

/** Reads the profiles again, as `nmcli connection reload` makes it: what is active stays so. Files with NM_CONTROLLED=no are not its business. */
export function reloadProfiles(machine: Machine): void {
  const before = profilesOf(machine).filter((profile) => isActive(machine, profile))
  const active = before.map(({ id }) => id)
  machine.state.networkManager = { profiles: onDisk(machine), active }
  const known = new Set(profilesOf(machine).map(({ id }) => id))
  memory(machine).active = active.filter((id) => known.has(id))
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
    .map(([path, text]) => toProfile(machine, path, text))
    .sort((a, b) => (a.id < b.id ? -1 : 1))
}

/** A profile by name, UUID or path. */
export function findProfile(machine: Machine, word: string): Profile | null {
  return profilesOf(machine).find(({ id, uuid, path }) => id === word || uuid === word || path === word) ?? null
}

/** Whether a profile is active: it was activated and its device is still there. */
export function isActive(machine: Machine, profile: Profile): boolean {
  const link = machine.kernel.link(profile.device)
  const master = masterOf(profile.ifcfg)
  return (
    memory(machine).active.includes(profile.id) && link !== undefined && (master === null || link.master === master)
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
  const master = masterOf(profile.ifcfg)
  if (master === null) {
    machine.kernel.setLinkUp(profile.device, true)
    await applyEthtool(machine, profile.ifcfg)
    if (profile.ifcfg.values['BOOTPROTO'] === 'dhcp' && link.kind !== 'management') {
      await machine.time.sleep(45)
      return {
        ok: false,
        problem:
          'Connection activation failed: IP configuration could not be reserved (no available address, timeout, etc.)',
      }
    }
    applyAddresses(machine, profile.device, profile.ifcfg)
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
  const { device, ifcfg } = profile
  if (profile.type === 'bond') {
    for (const member of profilesOf(machine)) if (masterOf(member.ifcfg) === device) forget(machine, member)
    machine.kernel.deleteLink(device)
  } else if (masterOf(ifcfg) !== null) machine.kernel.setMaster(device, null)
  else dropAddresses(machine, device, ifcfg)
  forget(machine, profile)
}

/** Writes the file of a new profile and takes it in; nothing else is read again. */
export async function addProfile(machine: Machine, path: string, text: string): Promise<Sys<Profile>> {
  const written = await machine.files.write(path, Buffer.from(text))
  if (!written.ok) return written
  memory(machine).profiles[path] = text
  return gave(toProfile(machine, path, text))
}

/** Deactivates a profile and removes its file. */
export function deleteProfile(machine: Machine, profile: Profile): void {
  if (isActive(machine, profile)) deactivate(machine, profile)
  machine.files.remove(profile.path, false)
  delete memory(machine).profiles[profile.path]
}

async function activateBond(machine: Machine, profile: Profile): Promise<Activation> {
  const { device } = profile
  const members = profilesOf(machine).filter((each) => masterOf(each.ifcfg) === device && isOnBoot(each.ifcfg))
  const link = machine.kernel.link(device)
  for (const slave of link?.bond?.slaves ?? []) machine.kernel.setMaster(slave, null)
  if (link) machine.kernel.setLinkUp(device, false)
  applyBond(machine, device, profile.ifcfg)
  machine.kernel.setLinkUp(device, true)
  applyAddresses(machine, device, profile.ifcfg)
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
  await applyEthtool(machine, profile.ifcfg)
  enslave(machine, profile.device, bond)
  remember(machine, profile)
}

async function activateWanted(machine: Machine): Promise<void> {
  const wanted = profilesOf(machine).filter(({ ifcfg }) => isOnBoot(ifcfg))
  for (const profile of [...wanted].sort((a, b) => Number(b.type === 'bond') - Number(a.type === 'bond'))) {
    if (!isActive(machine, profile)) await activate(machine, profile)
  }
}

function memory(machine: Machine): { profiles: Record<string, string>; active: string[] } {
  machine.state.networkManager ??= { profiles: onDisk(machine), active: [] }
  return machine.state.networkManager
}

function onDisk(machine: Machine): Record<string, string> {
  const paths = readIfcfgs(machine).map(({ file }) => `${IFCFG_FOLDER}/ifcfg-${file}`)
  const texts = paths.flatMap((path): [string, string][] => {
    const read = machine.files.read(path)
    return read.ok ? [[path, Buffer.from(read.value).toString('utf8')]] : []
  })
  return managed(texts)
}

function managed(texts: readonly (readonly [path: string, text: string])[]): Record<string, string> {
  return Object.fromEntries(
    texts.filter(([path, text]) => {
      const ifcfg = toIfcfg(path, text)
      return deviceOf(ifcfg) !== 'lo' && !/^(no|false|0)$/i.test(ifcfg.values['NM_CONTROLLED'] ?? 'yes')
    }),
  )
}

function toIfcfg(path: string, text: string): Ifcfg {
  return parseIfcfg(path.slice(`${IFCFG_FOLDER}/ifcfg-`.length), text)
}

function toProfile(machine: Machine, path: string, text: string): Profile {
  const ifcfg = toIfcfg(path, text)
  const device = deviceOf(ifcfg)
  return {
    id: idOf(ifcfg),
    uuid: ifcfg.values['UUID'] ?? stableUuid(machine.state.name, path),
    path,
    device,
    type: isBond(ifcfg) ? 'bond' : 'ethernet',
    ifcfg,
  }
}

function idOf(ifcfg: Ifcfg): string {
  return ifcfg.values['NAME'] ?? `System ${deviceOf(ifcfg)}`
}

function remember(machine: Machine, { id }: Profile): void {
  const { active } = memory(machine)
  if (!active.includes(id)) active.push(id)
}

function forget(machine: Machine, { id }: Profile): void {
  const held = memory(machine)
  held.active = held.active.filter((each) => each !== id)
}
