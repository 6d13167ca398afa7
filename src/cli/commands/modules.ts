import { fullSchema } from '../../module/args.ts'
import { modules as registry } from '../../modules/index.ts'
import { moduleText } from '../../report/module-docs.ts'
import { didYouMean } from '../../shared/text.ts'
import { exitCode } from '../exit-code.ts'
import { stop } from '../stop.ts'

/** `vflag-play modules [name]`: lists the modules, or describes one; as text or JSON. */
export async function modules(name: string | undefined, flags: { readonly json: boolean }): Promise<number> {
  const all = [...registry.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
  if (name === undefined) {
    const width = Math.max(...all.map((module) => module.name.length))
    process.stdout.write(
      flags.json
        ? `${JSON.stringify(all.map((module) => ({ name: module.name, summary: module.summary, args: fullSchema(module.args) })))}\n`
        : `${all.map((module) => `${module.name.padEnd(width)}  ${module.summary}`).join('\n')}\n`,
    )
    return exitCode.ok
  }
  const module = registry.get(name.replace(/^ansible\.builtin\./, ''))
  if (!module) {
    throw stop(
      `the module is "${name}", but there is none of that name`,
      didYouMean(name, registry.keys()) ?? 'vflag-play modules lists them',
    )
  }
  process.stdout.write(
    flags.json
      ? `${JSON.stringify({ name: module.name, summary: module.summary, description: module.description, args: fullSchema(module.args), examples: module.examples })}\n`
      : moduleText(module),
  )
  return exitCode.ok
}
