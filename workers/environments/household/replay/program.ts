/**
 * Runs the small Python programs that some agents act by (MINT, arXiv 2309.10691): loops over lists, conditions on what a
 * tool said, `print`. Only what is listed here is done, nothing of the machine can be reached, and a program that takes
 * too long is stopped; anything else is refused by name.
 */
import type { SyntaxNode } from '@lezer/common'
import { parser } from '@lezer/python'
import { children, NotUnderstood, range, unquoted } from './syntax.ts'

/** What a tool said, with whatever the host keeps about it. */
export interface Said<T> {
  text: string
  about: T
}

type Value<T> = string | number | null | Value<T>[] | Said<T>

export interface ProgramHost<T> {
  /** @returns undefined where there is no such tool */
  call(tool: string, args: string[]): Said<T> | undefined
  print(text: string, about: T | null): void
  /** What the last line comes to, as an interactive shell shows it. */
  echo(text: string, about: T | null): void
}

class Break extends Error {}
class Continue extends Error {}

const MOST_STEPS = 20_000

/** @throws NotUnderstood */
export function runProgram<T>(source: string, host: ProgramHost<T>): void {
  new Interpreter(source, host).run()
}

/** Does the text read as a program at all? Prose has syntax errors all over. */
export function isProgram(source: string): boolean {
  let isClean = true
  parser.parse(source).iterate({
    enter: (node) => {
      if (node.type.isError) isClean = false
    },
  })
  return isClean
}

class Interpreter<T> {
  private readonly variables = new Map<string, Value<T>>()
  private steps = 0

  constructor(
    private readonly source: string,
    private readonly host: ProgramHost<T>,
  ) {}

  run(): void {
    if (!isProgram(this.source)) throw new NotUnderstood('it is no Python')
    const statements = children(parser.parse(this.source).topNode).filter(({ name }) => name !== 'Comment')
    for (const [i, statement] of statements.entries()) {
      if (statement.name === 'ExpressionStatement') {
        const value = this.value(statement.firstChild!)
        if (i === statements.length - 1 && value !== null) this.host.echo(...this.printed(value))
      } else this.statement(statement)
    }
  }

  private statement(node: SyntaxNode): void {
    if (++this.steps > MOST_STEPS) throw new NotUnderstood('it runs too long')
    switch (node.name) {
      case 'ExpressionStatement':
        this.value(node.firstChild!)
        return
      case 'AssignStatement':
        this.assign(node)
        return
      case 'ForStatement':
        this.loop(node)
        return
      case 'IfStatement':
        this.branch(node)
        return
      case 'BreakStatement':
        throw new Break()
      case 'ContinueStatement':
        throw new Continue()
      case 'PassStatement':
      case 'Comment':
        return
      default:
        throw new NotUnderstood(node.name)
    }
  }

  private body(node: SyntaxNode): void {
    for (const statement of children(node)) if (statement.name !== ':') this.statement(statement)
  }

  private assign(node: SyntaxNode): void {
    const [name, operator, expression, ...more] = children(node)
    if (name?.name !== 'VariableName' || operator?.name !== 'AssignOp' || more.length > 0)
      throw new NotUnderstood('an assignment to more than a name')
    this.variables.set(this.text(name), this.value(expression!))
  }

  private loop(node: SyntaxNode): void {
    const [, name, inWord, list, body, ...more] = children(node)
    if (name?.name !== 'VariableName' || inWord?.name !== 'in' || more.length > 0)
      throw new NotUnderstood('a loop of that kind')
    for (const item of this.list(list!)) {
      this.variables.set(this.text(name), item)
      try {
        this.body(body!)
      } catch (thrown) {
        if (thrown instanceof Break) return
        if (!(thrown instanceof Continue)) throw thrown
      }
    }
  }

  private branch(node: SyntaxNode): void {
    const parts = children(node)
    for (let i = 0; i < parts.length; ) {
      const isElse = parts[i]!.name === 'else'
      if (isElse || this.isTrue(this.value(parts[i + 1]!))) {
        this.body(parts[i + (isElse ? 1 : 2)]!)
        return
      }
      i += 3
    }
  }

  private value(node: SyntaxNode): Value<T> {
    if (++this.steps > MOST_STEPS) throw new NotUnderstood('it runs too long')
    switch (node.name) {
      case 'String':
        return unquoted(this.text(node))
      case 'FormatString':
        return this.formatted(node)
      case 'Number':
        return Number(this.text(node))
      case 'None':
        return null
      case 'VariableName':
        return this.variable(this.text(node))
      case 'ParenthesizedExpression':
        return this.value(node.firstChild!.nextSibling!)
      case 'ArrayExpression':
      case 'ArrayComprehensionExpression':
        return this.list(node)
      case 'BinaryExpression':
        return this.binary(node)
      case 'CallExpression':
        return this.call(node)
      default:
        throw new NotUnderstood(node.name)
    }
  }

  private variable(name: string): Value<T> {
    if (!this.variables.has(name)) throw new NotUnderstood(`the name ${name}`)
    return this.variables.get(name)!
  }

  private formatted(node: SyntaxNode): string {
    const raw = this.text(node)
    let text = ''
    let at = node.from
    for (const part of children(node).filter(({ name }) => name === 'FormatReplacement')) {
      text += this.source.slice(at, part.from)
      text += this.printed(this.value(part.firstChild!.nextSibling!))[0]
      at = part.to
    }
    text += this.source.slice(at, node.to)
    if (!/^f['"]/i.test(raw)) throw new NotUnderstood('a string of that kind')
    return unquoted(text.slice(1))
  }

  private list(node: SyntaxNode): Value<T>[] {
    if (node.name === 'ArrayExpression') return this.items(node)
    if (node.name === 'ArrayComprehensionExpression') return this.comprehension(node)
    const value = this.value(node)
    if (!Array.isArray(value)) throw new NotUnderstood('a loop over what is no list')
    return value
  }

  private items(node: SyntaxNode): Value<T>[] {
    const parts = children(node).filter(({ name }) => !['[', ']', ',', 'Comment'].includes(name))
    return parts.flatMap((part, i) => {
      if (part.name === '*') return []
      return parts[i - 1]?.name === '*' ? this.list(part) : [this.value(part)]
    })
  }

  private comprehension(node: SyntaxNode): Value<T>[] {
    const [, expression, , name, , list, ...more] = children(node)
    if (name?.name !== 'VariableName' || more.length !== 1) throw new NotUnderstood('a list of that kind')
    return this.list(list!).map((item) => {
      this.variables.set(this.text(name), item)
      return this.value(expression!)
    })
  }

  private binary(node: SyntaxNode): Value<T> {
    const left = node.firstChild!
    const right = node.lastChild!
    const operator = this.source.slice(left.to, right.from).trim().replace(/\s+/g, ' ')
    const truth = (isSo: boolean) => (isSo ? 1 : 0)
    switch (operator) {
      case 'and':
        return truth(this.isTrue(this.value(left)) && this.isTrue(this.value(right)))
      case 'or':
        return truth(this.isTrue(this.value(left)) || this.isTrue(this.value(right)))
      case 'in':
        return truth(this.isIn(this.value(left), this.value(right)))
      case 'not in':
        return truth(!this.isIn(this.value(left), this.value(right)))
      case '==':
        return truth(this.printed(this.value(left))[0] === this.printed(this.value(right))[0])
      case '!=':
        return truth(this.printed(this.value(left))[0] !== this.printed(this.value(right))[0])
      default:
        throw new NotUnderstood(`the operator ${operator}`)
    }
  }

  private isIn(part: Value<T>, whole: Value<T>): boolean {
    const [text] = this.printed(part)
    if (Array.isArray(whole)) return whole.some((item) => this.printed(item)[0] === text)
    return this.printed(whole)[0].includes(text)
  }

  private call(node: SyntaxNode): Value<T> {
    const [callee, list] = children(node)
    const name = this.text(callee!)
    const args = children(list!).filter((part) => !['(', ')', ','].includes(part.name))
    if (args.some((part) => ['*', '**', 'AssignOp'].includes(part.name)))
      throw new NotUnderstood('named arguments')
    const values = args.map((argument) => this.value(argument))
    if (name === 'range') return range(values)
    if (name === 'print') {
      if (values.length === 1) this.host.print(...this.printed(values[0]!))
      else this.host.print(values.map((value) => this.printed(value)[0]).join(' '), null)
      return null
    }
    const said = this.host.call(
      name,
      values.map((value) => this.printed(value)[0]),
    )
    if (said === undefined) throw new NotUnderstood(`the call of ${name}`)
    return said
  }

  private isTrue(value: Value<T>): boolean {
    if (value === null || typeof value === 'number') return Boolean(value)
    return Array.isArray(value) ? value.length > 0 : this.printed(value)[0] !== ''
  }

  private printed(value: Value<T>): [string, T | null] {
    if (value === null) return ['None', null]
    if (Array.isArray(value)) throw new NotUnderstood('a list as text')
    return typeof value === 'object' ? [value.text, value.about] : [String(value), null]
  }

  private text(node: SyntaxNode): string {
    return this.source.slice(node.from, node.to)
  }
}
