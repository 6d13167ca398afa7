import { done } from '../errno.ts'
import { bondReport } from '../kernel/bond-report.ts'
import { allPfs } from '../kernel/card.ts'
import type { KernelContext } from '../kernel/context.ts'
import { releases } from '../profiles/releases.ts'
import { type DirectoryNode, dir, setting, textFile, value } from './node.ts'

/** /proc, as far as anybody here looks. */
export function proc(context: KernelContext): DirectoryNode {
  const { state } = context
  const release = releases[state.profile.os]
  const bonds = () => Object.values(state.links).filter((link) => link.bond)
  return dir(
    () => ({
      cmdline: value(() => commandLine(context)),
      modules: textFile(() =>
        modules(context)
          .map((name) => `${name} 65536 0 - Live 0x0000000000000000\n`)
          .join(''),
      ),
      uptime: value(() => {
        const seconds = Math.max(0, context.time.now() - state.boot.at).toFixed(2)
        return `${seconds} ${seconds}`
      }),
      version: value(() => `Linux version ${release.kernel} (${release.builder}) ${release.build}`),
      net: dir(() => ({
        bonding: dir(() =>
          Object.fromEntries(
            bonds().map((link) => [link.name, textFile(() => bondReport(context, link.name, release.kernel))]),
          ),
        ),
      })),
      sys: dir(() => ({
        kernel: dir(() => ({
          hostname: setting(
            () => hostname(context),
            () => done,
          ),
          osrelease: value(() => release.kernel),
          ostype: value(() => 'Linux'),
          random: dir(() => ({ boot_id: value(() => state.boot.id) })),
        })),
      })),
    }),
    '0555',
  )
}

/** The modules that are loaded, as lsmod lists them. */
export function modules(context: KernelContext): readonly string[] {
  const { state } = context
  const card = allPfs(state).length > 0 ? ['mlx5_ib', 'mlx5_core', 'vfio_pci', 'vfio_iommu_type1', 'vfio'] : []
  return [
    ...(Object.values(state.links).some((link) => link.bond) ? ['bonding'] : []),
    ...card,
    'openvswitch',
    'e1000e',
    'xfs',
  ]
}

/** The name in /etc/hostname, which systemd sets at boot. */
function hostname(context: KernelContext): string {
  const file = context.state.files['/etc/hostname']
  return file?.type === 'file' ? file.content.trim() : context.state.name
}

function commandLine(context: KernelContext): string {
  const iommu = allPfs(context.state).length > 0 ? ' intel_iommu=on iommu=pt' : ''
  const { kernel } = releases[context.state.profile.os]
  return `BOOT_IMAGE=/vmlinuz-${kernel} root=/dev/mapper/rhel-root ro crashkernel=auto rd.lvm.lv=rhel/root${iommu}`
}
