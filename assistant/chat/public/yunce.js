// On a narrow screen the list of conversations is not on the page, and with it goes Chainlit's only step from "/" to the
// conversation's own address: a reload would lose the place. The server names the conversation; the address follows.
window.addEventListener('message', (event) => {
  const thread = event.source === window && event.data && event.data.yunceThread
  if (thread && location.pathname === '/' && window.innerWidth < 768) {
    history.replaceState(history.state, '', `/thread/${encodeURIComponent(thread)}`)
  }
})

// Enter before the page has connected, or while an answer is still coming, is ignored by Chainlit: the question stays in
// the box and the next one runs together with it. Here it waits, visibly, and is sent as soon as the send button allows.
;(() => {
  const WORDS = /^zh/i.test(navigator.language)
    ? { connecting: '正在连接，连上后自动发送（Esc 取消）', answering: '当前回答完成后自动发送（Esc 取消）' }
    : { connecting: 'Connecting; sent as soon as it is there (Esc cancels)', answering: 'Sent after this answer (Esc cancels)' }
  const ELSEWHERE = '#stop-button, #new-chat-button, [id^="thread-"], [id^="starter-"]'
  const EVERY_MS = 50
  const spoken = document.createElement('div')
  spoken.id = 'yunce-waiting'
  spoken.setAttribute('role', 'status')
  let question = null
  let timer = 0

  const box = () => document.getElementById('chat-input')
  const sendable = () => document.querySelector('#chat-submit:not(:disabled)')

  function show(note) {
    const input = box()
    if (input) input.readOnly = Boolean(note)
    const composer = input && input.closest('#message-composer')
    if (composer && note) composer.dataset.yunceWaiting = note
    if (composer && !note) delete composer.dataset.yunceWaiting
    if (!spoken.isConnected) document.body.append(spoken)
    if (spoken.textContent !== note) spoken.textContent = note
  }

  function release() {
    clearInterval(timer)
    question = null
    show('')
  }

  // After the first question Chainlit builds the box anew, empty: React takes a value only through the native setter.
  function fill(input) {
    Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, 'value').set.call(input, question)
    input.dispatchEvent(new Event('input', { bubbles: true }))
  }

  function step() {
    const input = box()
    if (!input) return
    show(document.getElementById('stop-button') ? WORDS.answering : WORDS.connecting)
    if (input.value !== question) return fill(input)
    const button = sendable()
    if (!button) return
    release()
    button.click()
  }

  document.addEventListener('keydown', (event) => {
    if (event.target !== box() || event.isComposing || event.keyCode === 229) return
    if (question !== null && event.key === 'Escape') return release()
    if (event.key !== 'Enter' || event.shiftKey) return
    if (question === null && (!event.target.value.trim() || sendable())) return
    event.preventDefault()
    event.stopPropagation()
    if (question !== null) return
    question = event.target.value
    timer = setInterval(step, EVERY_MS)
    step()
  }, true)

  // Who goes to another conversation, or stops the answer, has changed their mind: the question stays in the box, unsent.
  document.addEventListener('click', (event) => {
    if (question !== null && event.target.closest && event.target.closest(ELSEWHERE)) release()
  }, true)
  window.addEventListener('popstate', () => { if (question !== null) release() })
})()
