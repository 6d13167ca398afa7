import { count, didYouMean, list } from '../shared/text.ts'
import type { Value } from '../shared/value.ts'
import { findHelper, helpers } from './helpers.ts'
import type { LanguageProblem, NameUse, Span } from './language.ts'
import { callHint } from './template-habits.ts'
import { Places } from './template-place.ts'
import { jinjaStatement } from './template-problem.ts'
import type { Block, Expression, Part, Path } from './template-tree.ts'

/** A template's tree as Handlebars parsed it, turned into ours; what we do not allow becomes a problem. */
export interface ReadTemplate {
  readonly parts: readonly Part[]
  readonly names: readonly NameUse[]
  readonly problems: readonly LanguageProblem[]
}

/** Reads the tree that Handlebars made of `source`. */
export function readTemplate(program: hbs.AST.Program, source: string): ReadTemplate {
  const reader = new Reader(source)
  const parts = reader.parts(program, { contexts: 0, inEach: false, params: [], raw: false })
  return { parts, names: reader.names(), problems: reader.problems }
}

const blocks = ['if', 'unless', 'each', 'with'] as const
const loopNames = ['index', 'key', 'first', 'last']

/** Where in the template something stands. */
interface Around {
  /** How many `#each` and `#with`. */
  readonly contexts: number
  readonly inEach: boolean
  /** Names after `as |...|`. */
  readonly params: readonly string[]
  /** Inside of a raw block, where nothing has a meaning. */
  readonly raw: boolean
}

class Reader {
  readonly problems: LanguageProblem[] = []
  readonly #source: string
  readonly #places: Places
  readonly #uses: NameUse[] = []
  readonly #asked = new Set<string>()

  constructor(source: string) {
    this.#source = source
    this.#places = new Places(source)
  }

  /** A name that the template asks about with `defined` anywhere is guarded everywhere: the branches are its business. */
  names(): NameUse[] {
    return this.#uses.map((use) => (this.#asked.has(use.name) ? { ...use, guarded: true } : use))
  }

  parts(program: hbs.AST.Program | undefined, around: Around): Part[] {
    return (program?.body ?? []).flatMap((statement) => this.#part(statement, around))
  }

  #part(statement: hbs.AST.Statement, around: Around): Part[] {
    const span = this.#span(statement)
    if (isContent(statement)) {
      const jinja = jinjaStatement(this.#slice(span), span.offset)
      if (jinja && !around.raw) this.problems.push(jinja)
      return [{ kind: 'text', text: statement.value }]
    }
    if (isMustache(statement)) {
      const expression = this.#call(statement, around, span)
      return expression ? [{ kind: 'output', expression, escaped: statement.escaped, span }] : []
    }
    if (isBlock(statement)) return this.#block(statement, around, span)
    if (statement.type.startsWith('Partial')) {
      this.#problem(
        'a partial ({{> ...}}) is not supported',
        span,
        'write its text here, or use the template task with both files',
      )
    } else if (statement.type.startsWith('Decorator')) {
      this.#problem('a decorator ({{* ...}}) is not supported', span)
    }
    return []
  }

  #block(block: hbs.AST.BlockStatement, around: Around, span: Span): Part[] {
    const path = this.#slice(this.#span(block.path))
    if (path === 'raw') return this.parts(block.program, { ...around, raw: true })
    const head = { offset: span.offset, length: Math.max(1, this.#span(block.path).offset + path.length - span.offset) }
    const kind = blocks.find((each) => each === path)
    if (kind === undefined) return this.#unknownBlock(path, block, head)
    this.#refuseOptions(block.hash, `{{#${kind}}}`)
    const [param] = block.params
    if (block.params.length !== 1 || !param) {
      this.#problem(
        `{{#${kind}}} has ${count(block.params.length, 'argument')}, but must have 1`,
        head,
        this.#blockHint(kind, block),
      )
      return []
    }
    const argument = this.#expression(param, around)
    // Both are undefined when the part is missing, whatever the types of the package say.
    const program: hbs.AST.Program | undefined = block.program
    const inverse: hbs.AST.Program | undefined = block.inverse
    const params = program?.blockParams ?? []
    if (params.length > 0 && (kind === 'if' || kind === 'unless')) {
      this.#problem(`{{#${kind}}} takes no names after "as", but {{#each}} and {{#with}} do`, head)
    }
    const inside =
      kind === 'each' || kind === 'with'
        ? {
            ...around,
            contexts: around.contexts + 1,
            inEach: around.inEach || kind === 'each',
            params: [...around.params, ...params],
          }
        : around
    const body = this.parts(program, inside)
    const otherwise = this.parts(inverse, around)
    if (!argument) return []
    const result: Block = { kind, argument, params, body, otherwise }
    return [result]
  }

  #unknownBlock(path: string, block: hbs.AST.BlockStatement, span: Span): Part[] {
    const inverted = this.#source.startsWith('{{^', span.offset)
    const shown = `{{${inverted ? '^' : '#'}${path}}}`
    if (findHelper(path)) {
      this.#problem(`"${path}" is a helper, but must not open a block`, span, `{{#if (${path} ...)}}`)
    } else if (block.params.length === 0) {
      this.#problem(
        `${shown} does not say what to do with "${path}"`,
        span,
        inverted ? `{{#unless ${path}}}...{{/unless}}` : `{{#if ${path}}} or {{#each ${path}}}`,
      )
    } else {
      const known = list(
        blocks.map((each) => `#${each}`),
        'or',
      )
      this.#problem(`${shown} is no block, but must be ${known}`, span, didYouMean(path, blocks))
    }
    return []
  }

  #blockHint(kind: (typeof blocks)[number], block: hbs.AST.BlockStatement): string | undefined {
    if (block.params.length === 0) return undefined
    const [first, last] = [block.params[0], block.params.at(-1)]
    const text = first && last ? this.#between(first, last) : ''
    const better = callHint(text)
    if (better !== undefined && (kind === 'if' || kind === 'unless')) return `{{#${kind} (${better})}}`
    const word = text.split(/\s/)[0] ?? ''
    return findHelper(word) ? `{{#${kind} (${text})}}` : undefined
  }

  #expression(node: hbs.AST.Expression, around: Around, guarded = false): Expression | undefined {
    const span = this.#span(node)
    if (isSub(node)) return this.#call(node, around, span, guarded)
    if (isPath(node)) return this.#path(node, around, guarded)
    if (isLiteral(node)) return { kind: 'literal', value: node.value, text: this.#slice(span), span }
    if (node.type === 'NullLiteral') return { kind: 'literal', value: null, text: 'null', span }
    this.#problem('undefined is not a value', span, 'ask with {{defined x}}')
    return undefined
  }

  /** `{{x}}`, `{{helper x}}` or `(helper x)`. */
  #call(
    node: hbs.AST.MustacheStatement | hbs.AST.SubExpression,
    around: Around,
    span: Span,
    guarded = false,
  ): Expression | undefined {
    const { params } = node
    const target: hbs.AST.Expression = node.path
    this.#refuseOptions(node.hash, this.#slice(this.#span(target)))
    if (isMustache(node) && params.length === 0) return this.#expression(target, around, guarded)
    const name = this.#slice(this.#span(target))
    const last = params.at(-1) ?? target
    const text = this.#between(target, last)
    const helper = isPath(target) ? findHelper(name) : undefined
    if (!helper) {
      const hint = callHint(text)
      const nearest = didYouMean(
        name,
        helpers.map((each) => each.name),
      )
      this.#problem(
        `"${name}" is no helper`,
        this.#span(target),
        hint === undefined ? nearest : `the Handlebars way is {{${hint}}}`,
      )
      return undefined
    }
    const [least, most] = helper.arity
    if (params.length < least || params.length > most) {
      const wanted = least === most ? String(least) : most > 20 ? `at least ${least}` : `${least} to ${most}`
      this.#problem(
        `the helper "${name}" has ${count(params.length, 'argument')}, but must have ${wanted}`,
        span,
        `{{${name} ${helper.usage}}}`,
      )
      return undefined
    }
    const asks = name === 'defined' || name === 'default'
    const args = params.map((param, index) => this.#expression(param, around, guarded || (asks && index === 0)))
    const [first] = args
    if (name === 'defined' && first?.kind === 'path') this.#asked.add(first.parts[0] ?? '')
    const good = args.filter((arg) => arg !== undefined)
    if (good.length < args.length) return undefined
    const written = isMustache(node) ? text : `(${text})`
    return { kind: 'call', helper: name, args: good, text: written, span }
  }

  #path(node: hbs.AST.PathExpression, around: Around, guarded: boolean): Path | undefined {
    const span = this.#span(node)
    const text = this.#slice(span)
    const { parts, depth: up } = node
    const [head] = parts
    if (node.data && head !== 'root') return this.#loopPath(text, span, up, parts, around)
    const rest = node.data ? parts.slice(1) : parts
    const scoped = /^(?:\.|this\b)/.test(node.original)
    const from = node.data ? 'root' : scoped || up > 0 ? 'context' : 'name'
    if (up > around.contexts) {
      this.#problem(`${text} climbs out of the template: ${this.#depth(around)}`, span, `@root.${rest.join('.')}`)
      return undefined
    }
    const atRoot = from === 'root' || (from === 'context' && up === around.contexts)
    const [name] = rest
    if (name === undefined) {
      if (!atRoot) return { kind: 'path', from, up, parts: rest, text, span }
      this.#problem(`${text} would be all variables at once, but must name one`, span)
      return undefined
    }
    if (from === 'name' && around.params.includes(name)) return { kind: 'path', from, up, parts: rest, text, span }
    // A bare name inside of a block may be the item's; what is climbed to and not the root is.
    if (atRoot || from === 'name') {
      this.#uses.push({ name, span, guarded: guarded || (from === 'name' && around.contexts > 0) })
    }
    return { kind: 'path', from, up, parts: rest, text, span }
  }

  #loopPath(text: string, span: Span, up: number, parts: readonly string[], around: Around): Path | undefined {
    const [name = ''] = parts
    if (!loopNames.includes(name)) {
      const known = loopNames.map((each) => `@${each}`)
      this.#problem(
        `${text} is not defined, but must be ${list([...known, '@root'], 'or')}`,
        span,
        didYouMean(`@${name}`, known),
      )
      return undefined
    }
    if (!around.inEach || up >= around.contexts) {
      this.#problem(`${text} is only defined inside of {{#each}}`, span)
      return undefined
    }
    return { kind: 'path', from: 'loop', up, parts, text, span }
  }

  #depth({ contexts }: Around): string {
    return contexts === 0
      ? 'it is not inside of {{#each}} or {{#with}}'
      : `it is inside of ${count(contexts, 'block')} only`
  }

  #refuseOptions(hash: hbs.AST.Hash | undefined, of: string): void {
    const [pair] = hash?.pairs ?? []
    if (!pair) return
    const text = this.#slice(this.#span(pair))
    this.#problem(`${of} has the option ${text}, but takes no options`, this.#span(pair), 'write the value alone')
  }

  #problem(message: string, span: Span, hint?: string): void {
    this.problems.push({ message, span, ...(hint !== undefined && { hint }) })
  }

  #span(node: hbs.AST.Node): Span {
    return this.#places.span(node.loc)
  }

  #slice({ offset, length }: Span): string {
    return this.#source.slice(offset, offset + length)
  }

  #between(first: hbs.AST.Node, last: hbs.AST.Node): string {
    const [from, to] = [this.#span(first), this.#span(last)]
    return this.#source.slice(from.offset, Math.max(from.offset, to.offset + to.length))
  }
}

// The types of the package know a node's kind only as a string.
const isContent = (node: hbs.AST.Node): node is hbs.AST.ContentStatement => node.type === 'ContentStatement'
const isMustache = (node: hbs.AST.Node): node is hbs.AST.MustacheStatement => node.type === 'MustacheStatement'
const isBlock = (node: hbs.AST.Node): node is hbs.AST.BlockStatement => node.type === 'BlockStatement'
const isSub = (node: hbs.AST.Node): node is hbs.AST.SubExpression => node.type === 'SubExpression'
const isPath = (node: hbs.AST.Node): node is hbs.AST.PathExpression => node.type === 'PathExpression'
const isLiteral = (node: hbs.AST.Node): node is hbs.AST.Node & { value: Value } =>
  node.type === 'StringLiteral' || node.type === 'NumberLiteral' || node.type === 'BooleanLiteral'
