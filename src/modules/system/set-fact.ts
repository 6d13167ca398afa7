import { defineModule } from '../../module/module.ts'
import { blocked, unchanged } from '../../module/plan.ts'
import { list } from '../../shared/text.ts'
import type { ValueMap } from '../../shared/value.ts'

/** `set_fact`: variables that hold for a host for the rest of the run. */
export const setFact = defineModule<ValueMap, null>({
  name: 'set_fact',
  summary: 'Set variables of a host for the rest of the run',
  args: {
    properties: {
      cacheable: { description: 'Accepted for Ansible playbooks; there is no fact cache.', type: 'boolean' },
    },
    open: true,
  },
  examples: [{ title: 'Set variables', yaml: 'set_fact:\n  bridge: ovs-sriov\n  ports: [ens2f0, ens2f1]\n' }],
  controllerOnly: true,
  state: () => null,
  plan: (args) => {
    const { cacheable: _, ...facts } = args
    const names = Object.keys(facts)
    if (names.length === 0) return blocked('set_fact sets nothing, but must name a variable')
    const wrong = names.find((name) => !/^[A-Za-z_]\w*$/.test(name))
    if (wrong !== undefined)
      return blocked(
        `"${wrong}" is no variable name, but must be letters, digits and underscores, not starting with a digit`,
      )
    return unchanged(`set ${list(names)}`, { ansible_facts: facts })
  },
})
