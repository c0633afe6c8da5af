import * as Comlink from 'comlink'
import { Reporter } from './reporter.ts'
import { openStudies } from './studyFiles.ts'

Comlink.expose(new Reporter(openStudies()))
