import * as Comlink from 'comlink'
import { fetchAhead } from './environments/fetchAhead.ts'
import { Lab } from './lab.ts'

const lab = new Lab()
Comlink.expose(lab)

// The page sends no request once it is there, so the worlds' programs belong to its loading; but a person is to wait for
// the device alone, be it that none can be opened.
let isFetching = false
lab.subscribe((event) => {
  if (isFetching || event.type !== 'device' || !(event.device || event.message)) return
  isFetching = true
  void fetchAhead()
})
