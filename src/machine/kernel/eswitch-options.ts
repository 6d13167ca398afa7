import { done, refused } from '../errno.ts'
import type { Sys } from '../machine.ts'
import { cardModels } from '../profiles/card-models.ts'
import type { Pf } from '../state.ts'
import { cardOf } from './card.ts'
import type { KernelContext } from './context.ts'
import { ownsEswitch } from './eswitch.ts'
import { logPf } from './log.ts'

/** How much of a frame's head VFs hand over: only ConnectX-4 and 4 Lx have a choice; elsewhere `none` is all there is (mlx5_devlink_eswitch_inline_mode_set). */
export function setInline(context: KernelContext, pf: Pf, inline: Pf['eswitch']['inline']): Sys {
  if (!ownsEswitch(context.state, pf)) return refused('EOPNOTSUPP')
  if (!cardModels[cardOf(context.state, pf).model].needsInline)
    return inline === 'none' ? done : refused('EOPNOTSUPP', "mlx5_core: Inline mode can't be set")
  if (pf.tcRules > 0) return refused('EOPNOTSUPP', "mlx5_core: Can't set inline mode when flows are configured")
  pf.eswitch.inline = inline
  return done
}

/** Whether tunnels can be offloaded (mlx5_devlink_eswitch_encap_mode_set). */
export function setEncap(context: KernelContext, pf: Pf, encap: Pf['eswitch']['encap']): Sys {
  if (!ownsEswitch(context.state, pf)) return refused('EOPNOTSUPP')
  if (pf.eswitch.encap === encap) return done
  if (pf.tcRules > 0) return refused('EOPNOTSUPP', "mlx5_core: Can't set encapsulation when flows are configured")
  pf.eswitch.encap = encap
  return done
}

/** Who steers flows: can be changed in legacy mode and without VFs only (mlx5_devlink_fs_mode_validate; the errnos for VFs are inferred). */
export function setSteering(context: KernelContext, pf: Pf, steering: Pf['steering']): Sys {
  if (!ownsEswitch(context.state, pf)) return refused('EOPNOTSUPP')
  if (pf.steering === steering) return done
  if (pf.eswitch.mode === 'switchdev')
    return refused('EOPNOTSUPP', 'Software managed steering is not supported when eswitch offloads enabled')
  if (pf.numvfs > 0) return refused('EBUSY')
  pf.steering = steering
  return done
}

/** vport metadata matching: in legacy mode only. */
export function setMetadata(pf: Pf, on: boolean): Sys {
  if (pf.eswitch.mode === 'switchdev') return refused('EBUSY', 'e-switch must either disabled or non switchdev mode')
  pf.metadata = on
  return done
}

/** RoCE: the LAG needs the same on both ports, and under a LAG it cannot change. */
export function setRoce(context: KernelContext, pf: Pf, on: boolean): Sys {
  if (cardOf(context.state, pf).lag.mode !== 'none')
    return refused('EOPNOTSUPP', "mlx5_core: Multi port slave/Lag device can't configure RoCE")
  pf.roce = on
  return done
}

/** OFED's choice of ports: written on both PFs in legacy mode, before switchdev. */
export function setPortSelect(context: KernelContext, pf: Pf, mode: Pf['portSelectMode']): Sys {
  if (pf.eswitch.mode !== 'legacy') return refused('EOPNOTSUPP')
  const { hash } = cardModels[cardOf(context.state, pf).model]
  if (mode !== 'queue_affinity' && hash === 'never') return refused('EOPNOTSUPP')
  pf.portSelectMode = mode
  return done
}

/** One e-switch for all ports, instead of a bond's LAG (lag/mpesw.c). It is asked for on one PF and holds for the card. */
export function setMultiport(context: KernelContext, pf: Pf, on: boolean): Sys {
  const card = cardOf(context.state, pf)
  if (!on) {
    if (card.lag.mode === 'mpesw')
      card.lag = { ...card.lag, mode: 'none', portSelect: 'queue_affinity', sharedFdb: false }
    return done
  }
  if (card.lag.mode === 'mpesw') return done
  if (card.lag.mode !== 'none') return refused('EINVAL')
  const { hash } = cardModels[card.model]
  const able =
    hash === 'always' || (hash === 'with-resources' && card.firmware['LAG_RESOURCE_ALLOCATION']?.current === 1)
  if (!able || !card.pfs.every((each) => each.eswitch.mode === 'switchdev' && each.metadata))
    return refused('EOPNOTSUPP')
  card.lag = { ...card.lag, mode: 'mpesw', portSelect: 'mpesw', sharedFdb: true, map: [1, 2] }
  const [first] = card.pfs
  if (first) {
    logPf(context, first, 'lag map active ports: 1, 2')
    logPf(context, first, 'shared_fdb:1 mode:mpesw')
    logPf(context, first, 'Operation mode is single FDB')
  }
  return done
}
