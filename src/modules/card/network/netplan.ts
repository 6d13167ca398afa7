import { run, type Step } from '../../../module/step.ts'
import { mappingOf, type NetplanValue, parseNetplanYaml, textsOf } from '../../../parsers/netplan-yaml.ts'
import { bondOptions, networkdHashPolicies } from '../bond-options.ts'
import { type Asked, type Backend, type Claim, header } from './backend.ts'
import { dissolve, freePorts } from './link-steps.ts'
import { networkdReload, networkdUp } from './networkd-steps.ts'

const path = (bond: string): string => `/etc/netplan/60-vflag-${bond}.yaml`

/** Writes what networkd reads, under /run/systemd/network, from all files of netplan; applies nothing. */
const generate: Step = run(['netplan', 'generate'], { timeout: 60 })

/**
 * netplan (netplan-yaml.md): Ubuntu. One file of our own, which netplan merges with the others by key: scalars of later
 * files win, lists are joined. `netplan apply` would set up every interface of the host anew, the one that carries the
 * session as well, so the files are generated and networkd is told about them (netplan_cli/cli/commands/apply.py does both).
 * The renderer is said for our interfaces alone: at the top it would hold for those of other files too. It cannot say
 * hw-tc-offload.
 */
export const netplan: Backend = {
  name: 'netplan',
  words: 'netplan files',
  signs: ['/usr/sbin/netplan'],
  templates: ['netplan-bond.yaml.hbs'],
  places: ['/etc/netplan/*.yaml', '/run/netplan/*.yaml', '/lib/netplan/*.yaml'],
  bondFile: path,
  paths: (bond) => [path(bond)],
  files: (wanted, _facts, render) => [
    {
      path: path(wanted.bond),
      text: render('netplan-bond.yaml.hbs', {
        bond: wanted.bond,
        ports: wanted.ports,
        mode: wanted.mode,
        options: [...wanted.options].flatMap(([name, value]) => {
          const key = bondOptions[name]?.netplan
          return key === undefined ? [] : [{ name: key, value: name === 'all_slaves_active' ? flag(value) : value }]
        }),
        with_mtu: wanted.mtu !== null,
        mtu: wanted.mtu ?? 0,
      }),
      mode: '0600',
    },
  ],
  unsaid: (wanted) =>
    [...wanted.options].flatMap(([name, value]) => {
      if (bondOptions[name]?.netplan === undefined) return [name]
      return name === 'xmit_hash_policy' && !networkdHashPolicies.includes(value) ? [`${name} ${value}`] : []
    }),
  given: /^\s*(addresses|gateway[46]|routes|nameservers|dhcp[46](?=\s*:\s*(?:true|yes|on)))\s*:/gm,
  claims,
  collision: (claim, { bond }) => {
    if (claim.about.includes(bond)) return `says something of ${bond} as well`
    if (claim.gives.length > 0) return `gives it ${claim.gives.join(', ')}`
    // A later file has the last word on what ours says of the port: no addresses.
    return baseName(claim.path) > baseName(path(bond)) ? 'comes after the file of vflag-play' : null
  },
  reload: (facts) => [generate, ...networkdReload(facts)],
  bringUp: (job) => [...(job.exists ? dissolve(job) : []), ...freePorts(job), generate, ...networkdUp(job)],
  takeDown: (job) => dissolve(job),
}

const flag = (value: string): string => (value === '0' ? 'false' : 'true')

// What netplan joins or keeps when another file says it of a port: our file cannot take it back.
const joined = [
  'addresses',
  'gateway4',
  'gateway6',
  'routes',
  'routing-policy',
  'nameservers',
  'macaddress',
  'virtual-function-count',
  'embedded-switch-mode',
  'delay-virtual-functions-rebind',
]

function claims(at: string, text: string, asked: readonly Asked[]): readonly Claim[] | null {
  if (text.startsWith(header)) return []
  const tree = parseNetplanYaml(text)
  if (tree === undefined) return null
  const network = mappingOf(mappingOf(tree)['network'])
  const found: Claim[] = []
  for (const [kind, devices] of Object.entries(network)) {
    for (const [id, value] of Object.entries(mappingOf(devices))) {
      const device = mappingOf(value)
      found.push(...membershipClaims(at, kind, id, device, asked))
      const about = asked.filter((each) => isAbout(id, device, each)).map((each) => each.name)
      const gives = joined.filter((key) => device[key] !== undefined && device[key] !== null)
      // Under a name of its own netplan would set up the port twice.
      if (!asked.some((each) => each.name === id)) gives.push(...about.map(() => `the name ${id}`).slice(0, 1))
      found.push({ path: at, about, device: id, master: null, gives, onBoot: true })
    }
  }
  return found
}

/** What a bond, bridge or VLAN of a file takes. */
function membershipClaims(
  at: string,
  kind: string,
  id: string,
  device: Readonly<Record<string, NetplanValue>>,
  asked: readonly Asked[],
): readonly Claim[] {
  const members = textsOf(device['interfaces'])
  const link = typeof device['link'] === 'string' ? [device['link']] : []
  return [...members, ...link]
    .filter((name) => asked.some((each) => each.name === name || (each.name === id && members.includes(name))))
    .map((name) => ({
      path: at,
      about: asked.filter((each) => each.name === name).map((each) => each.name),
      device: name,
      master: id,
      gives: [`to ${kind.replace(/s$/, '')} ${id}`],
      onBoot: true,
    }))
}

function isAbout(id: string, device: Readonly<Record<string, NetplanValue>>, asked: Asked): boolean {
  const match = mappingOf(device['match'])
  const mac = match['macaddress']
  const name = match['name']
  if (device['set-name'] === asked.name) return true
  if (typeof mac === 'string') return asked.mac !== null && mac.toLowerCase() === asked.mac
  if (typeof name === 'string') return asked.mac !== null && glob(name).test(asked.name)
  return id === asked.name
}

function glob(pattern: string): RegExp {
  return new RegExp(
    `^${pattern
      .replaceAll(/[.+^${}()|\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.')}$`,
  )
}

const baseName = (each: string): string => each.slice(each.lastIndexOf('/') + 1)
