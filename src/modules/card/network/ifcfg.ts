import type { Facts } from '../../../module/facts.ts'
import { run, type Step } from '../../../module/step.ts'
import { parseIfcfg } from '../../../parsers/ifcfg.ts'
import { type Asked, type Backend, type BondJob, type Claim, header } from './backend.ts'
import { dissolve, freePorts } from './link-steps.ts'
import { managerDown, managerUp, reloadManager } from './manager-steps.ts'

const folder = '/etc/sysconfig/network-scripts'

/** Where network-scripts and NetworkManager's ifcfg-rh plugin look for the file of an interface. */
export const ifcfgPath = (name: string): string => `${folder}/ifcfg-${name}`

const byManager = (facts: Facts): boolean => facts.network_backend === 'networkmanager'

/** ifcfg files (initscripts, sysconfig.txt; NetworkManager, nm-settings-ifcfg-rh(5)): RHEL 7, RHEL 8 with network-scripts or with NetworkManager's plugin. */
export const ifcfg: Backend = {
  name: 'ifcfg',
  words: 'ifcfg files',
  signs: [folder],
  templates: ['ifcfg-bond.hbs', 'ifcfg-slave.hbs'],
  places: [`${folder}/ifcfg-*`],
  bondFile: ifcfgPath,
  paths: (bond, ports) => [bond, ...ports].map(ifcfgPath),
  files: (wanted, facts, render) => {
    const common = { unmanaged: !byManager(facts), with_mtu: wanted.mtu !== null, mtu: wanted.mtu ?? 0 }
    const options = [...wanted.options].map(([name, value]) => `${name}=${value}`)
    const bonding = [`mode=${wanted.mode}`, ...options].join(' ')
    return [
      {
        path: ifcfgPath(wanted.bond),
        text: render('ifcfg-bond.hbs', { ...common, device: wanted.bond, bonding_opts: bonding }),
        mode: '0644',
      },
      ...wanted.ports.map((port) => ({
        path: ifcfgPath(port),
        text: render('ifcfg-slave.hbs', { ...common, device: port, master: wanted.bond }),
        mode: '0644',
      })),
    ]
  },
  unsaid: () => [],
  given: /^\s*((?:IP|PREFIX|NETMASK|GATEWAY|DNS|BRIDGE|OVS)[A-Z0-9_]*)=/gm,
  claims,
  // The scripts go by the name of the file; two files of one device are applied one after the other at boot.
  collision: (claim) => (claim.onBoot ? 'is applied at boot as well' : null),
  reload: (facts) => (byManager(facts) ? [reloadManager] : []),
  bringUp: (job) =>
    byManager(job.facts) ? managerUp([job.bond, ...job.ports.map((port) => port.name)]) : ifupSteps(job),
  takeDown: (job) => (byManager(job.facts) ? managerDown(job) : dissolve(job)),
}

/** Brings a bond up by network-scripts: ifup of a bond brings up its ports as well. */
export function ifupSteps(job: BondJob): readonly Step[] {
  return [
    ...(job.exists ? [run(['ifdown', job.bond], { timeout: 60 })] : []),
    ...freePorts(job),
    run(['ifup', job.bond], { timeout: 90 }),
  ]
}

function claims(path: string, text: string, asked: readonly Asked[]): readonly Claim[] {
  // Leftovers of editors and packages are read by nobody.
  if (/(~|\.bak|\.orig|\.old|\.rpmnew|\.rpmorig|\.rpmsave)$/.test(path) || text.startsWith(header)) return []
  const { values } = parseIfcfg(text)
  const mac = values.get('HWADDR')?.toLowerCase()
  const device = values.get('DEVICE') ?? (mac === undefined ? path.slice(ifcfgPath('').length) : '')
  const about = asked.filter((each) => each.name === device || (mac !== undefined && each.mac === mac))
  const gives = [...values.keys()].filter((key) => /^(IPADDR|IPV6ADDR|GATEWAY)/.test(key))
  return [
    {
      path,
      about: about.map((each) => each.name),
      device,
      master: values.get('MASTER') ?? values.get('BRIDGE') ?? null,
      gives,
      onBoot: !/^(no|false|0)$/i.test(values.get('ONBOOT') ?? 'yes'),
    },
  ]
}
