import { lastOf, parseIni } from '../../../parsers/ini.ts'
import { type Asked, type Backend, type Claim, header } from './backend.ts'
import { managerDown, managerUp, reloadManager } from './manager-steps.ts'

const folder = '/etc/NetworkManager/system-connections'
const profilePath = (id: string): string => `${folder}/${id}.nmconnection`
const portId = (bond: string, port: string): string => `${bond}-${port}`

/**
 * NetworkManager keyfiles (nm-settings-keyfile(5)): RHEL 8 to 10. NetworkManager passes over files that others than root
 * may read, hence 0600. The keys are the older ones (`master`, `slave-type`, `autoconnect-slaves`), which every version reads.
 */
export const keyfile: Backend = {
  name: 'keyfile',
  words: 'NetworkManager keyfiles',
  signs: ['/usr/sbin/NetworkManager'],
  templates: ['nmconnection-bond.hbs', 'nmconnection-port.hbs'],
  places: [`${folder}/*`, '/run/NetworkManager/system-connections/*', '/usr/lib/NetworkManager/system-connections/*'],
  bondFile: profilePath,
  paths: (bond, ports) => [profilePath(bond), ...ports.map((port) => profilePath(portId(bond, port)))],
  files: (wanted, _facts, render) => {
    const common = { bond: wanted.bond, with_mtu: wanted.mtu !== null, mtu: wanted.mtu ?? 0 }
    const options = [...wanted.options].map(([name, value]) => ({ name, value }))
    return [
      {
        path: profilePath(wanted.bond),
        text: render('nmconnection-bond.hbs', { ...common, mode: wanted.mode, options }),
        mode: '0600',
      },
      ...wanted.ports.map((port) => ({
        path: profilePath(portId(wanted.bond, port)),
        text: render('nmconnection-port.hbs', { ...common, id: portId(wanted.bond, port), port }),
        mode: '0600',
      })),
    ]
  },
  unsaid: () => [],
  given: /^\s*(address(?:es|\d+)|gateway|dns|routes?\d*|method(?=\s*=\s*(?!disabled)))\s*=/gm,
  claims,
  // Of two profiles for one port ours has the higher autoconnect-priority; of two for the bond a name would mean either.
  collision: (claim, { bond }) => (claim.about.includes(bond) ? 'goes by the same name' : null),
  reload: () => [reloadManager],
  bringUp: (job) => managerUp([job.bond, ...job.ports.map((port) => portId(job.bond, port.name))]),
  takeDown: managerDown,
}

function claims(path: string, text: string, asked: readonly Asked[]): readonly Claim[] {
  if (text.startsWith(header)) return []
  const ini = parseIni(text)
  const device = lastOf(ini, 'connection', 'interface-name') ?? ''
  const mac = (lastOf(ini, 'ethernet', 'mac-address') ?? lastOf(ini, '802-3-ethernet', 'mac-address'))?.toLowerCase()
  const about = asked.filter((each) => each.name === device || (mac !== undefined && each.mac === mac))
  return [
    {
      path,
      about: about.map((each) => each.name),
      device,
      master: lastOf(ini, 'connection', 'controller') ?? lastOf(ini, 'connection', 'master'),
      gives: [],
      onBoot: lastOf(ini, 'connection', 'autoconnect') !== 'false',
    },
  ]
}
