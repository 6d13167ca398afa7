import type { Machine } from '../machine.ts'
import type { Link } from '../state.ts'
import { applyBond, enslave } from './apply.ts'
import { bondOf, matchesLink, readNetworkdFiles, settingsOf } from './networkd-files.ts'

/** Whether the daemon answers. */
export function networkdRuns(machine: Machine): boolean {
  return machine.state.services['systemd-networkd.service']?.active ?? false
}

/** What it does when it starts: reads its files, makes what they make, and sets up every interface that one of them matches. */
export function startNetworkd(machine: Machine): void {
  machine.state.networkd = { files: readNetworkdFiles(machine), links: {} }
  makeNetdevs(machine)
  setUpAll(machine)
}

/**
 * `networkctl reload`: reads the files again, makes what is new, and sets up anew the interfaces whose file is another or
 * says something else. What exists keeps the settings that it was made with; nothing is removed.
 */
export function reloadNetworkd(machine: Machine): void {
  const before = memory(machine)
  const files = readNetworkdFiles(machine)
  const changed = (path: string): boolean => before.files[path] !== files[path]
  machine.state.networkd = {
    files,
    links: Object.fromEntries(
      Object.entries(before.links).filter(([name, path]) => machine.kernel.link(name) && !changed(path)),
    ),
  }
  makeNetdevs(machine)
  setUpAll(machine)
}

/** `networkctl reconfigure`: sets up interfaces as their files say, also when nothing changed. Gives the first that does not exist. */
export function reconfigure(machine: Machine, names: readonly string[]): string | null {
  const missing = names.find((name) => !machine.kernel.link(name))
  if (missing !== undefined) return missing
  for (const name of names) {
    delete memory(machine).links[name]
    const link = machine.kernel.link(name)
    if (link) setUp(machine, link)
  }
  return null
}

/** The file that an interface was set up by, or null: then networkd leaves it alone. */
export function fileOf(machine: Machine, name: string): string | null {
  return memory(machine).links[name] ?? null
}

function makeNetdevs(machine: Machine): void {
  for (const [path, text] of Object.entries(memory(machine).files)) {
    const bond = path.endsWith('.netdev') ? bondOf(text) : null
    if (!bond || machine.kernel.link(bond.name)) continue
    applyBond(machine, bond.name, bond.options)
    // Ports that were waiting for it join now.
    for (const link of machine.kernel.links()) {
      const file = memory(machine).links[link.name]
      if (file !== undefined && settingsOf(memory(machine).files[file] ?? '').bond === bond.name)
        delete memory(machine).links[link.name]
    }
  }
}

function setUpAll(machine: Machine): void {
  for (const link of machine.kernel.links()) setUp(machine, link)
}

function setUp(machine: Machine, link: Link): void {
  const { files, links } = memory(machine)
  if (link.kind === 'loopback' || link.kind === 'ovs') return
  const found = Object.entries(files).find(([path, text]) => path.endsWith('.network') && matchesLink(text, link))
  if (!found) {
    delete links[link.name]
    return
  }
  const [path, text] = found
  if (links[link.name] === path) return
  links[link.name] = path
  const { bond, primary, dhcp, addresses } = settingsOf(text)
  if (bond !== null) {
    link.addresses = []
    if (machine.kernel.link(bond)?.bond) {
      enslave(machine, link.name, bond)
      if (primary) machine.kernel.setBondOption(bond, 'primary', link.name)
    }
    return
  }
  if (link.master !== null && machine.kernel.link(link.master)?.kind === 'bond')
    machine.kernel.setMaster(link.name, null)
  machine.kernel.setLinkUp(link.name, true)
  // A management port with DHCP gets the address that it always gets.
  if (!dhcp) link.addresses = [...addresses]
}

function memory(machine: Machine): NonNullable<Machine['state']['networkd']> {
  machine.state.networkd ??= { files: readNetworkdFiles(machine), links: {} }
  return machine.state.networkd
}

/** What it has read and set up on a host that was just installed. */
export function pristineNetworkd(
  files: Readonly<Record<string, { readonly type: string; readonly content?: string }>>,
  links: readonly Link[],
): NonNullable<Machine['state']['networkd']> {
  const own = Object.entries(files).flatMap(([path, entry]): [string, string][] =>
    /^\/(?:etc|run)\/systemd\/network\/.*\.(netdev|network)$/.test(path) && entry.content !== undefined
      ? [[path, entry.content]]
      : [],
  )
  return {
    files: Object.fromEntries(own),
    links: Object.fromEntries(
      links.flatMap((link): [string, string][] => {
        if (link.kind === 'loopback') return []
        const found = own.find(([path, text]) => path.endsWith('.network') && matchesLink(text, link))
        return found ? [[link.name, found[0]]] : []
      }),
    ),
  }
}
