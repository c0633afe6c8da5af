import * as Comlink from 'comlink'
import { Lab } from './lab.ts'

Comlink.expose(new Lab())
