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
// And what is typed survives when Chainlit builds the box anew, as it does on opening and after the first question.
;(() => {
  const WORDS = /^zh/i.test(navigator.language)
    ? { connecting: '正在连接，连上后自动发送（Esc 取消）', answering: '当前回答完成后自动发送（Esc 取消）' }
    : { connecting: 'Connecting; sent as soon as it is there (Esc cancels)', answering: 'Sent after this answer (Esc cancels)' }
  const ELSEWHERE = '#stop-button, #new-chat-button, [id^="thread-"], [id^="starter-"]'
  const EVERY_MS = 50
  const spoken = document.createElement('div')
  spoken.id = 'yunce-waiting'
  spoken.setAttribute('role', 'status')
  let draft = '' // typed and not yet sent
  let waiting = false
  let timer = 0
  let built = null

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

  function wait() {
    waiting = true
    timer = setInterval(step, EVERY_MS)
    step()
  }

  function release() {
    clearInterval(timer)
    waiting = false
    show('')
  }

  // React takes a value only through the native setter.
  function fill(input) {
    Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, 'value').set.call(input, draft)
    input.dispatchEvent(new Event('input', { bubbles: true }))
  }

  function step() {
    const input = box()
    if (!input) return
    show(document.getElementById('stop-button') ? WORDS.answering : WORDS.connecting)
    if (input.value !== draft) return fill(input)
    const button = sendable()
    if (!button) return
    release()
    button.click()
  }

  // While there is no box, what is typed on goes to the page: the draft takes it.
  function typedOn(event) {
    if (!draft || event.target !== document.body || event.ctrlKey || event.metaKey || event.altKey) return
    if (event.key.length === 1) draft += event.key
    if (event.key === 'Backspace') draft = draft.slice(0, -1)
    if (event.key === 'Enter') wait()
  }

  document.addEventListener('keydown', (event) => {
    const input = box()
    if (event.isComposing || event.keyCode === 229) return
    if (!input && !waiting) return typedOn(event)
    if (event.target !== input) return
    if (waiting && event.key === 'Escape') return release()
    if (event.key !== 'Enter' || event.shiftKey) return
    if (!waiting && (!input.value.trim() || sendable())) {
      draft = ''
      return
    }
    event.preventDefault()
    event.stopPropagation()
    if (waiting) return
    draft = input.value
    wait()
  }, true)

  document.addEventListener('input', (event) => {
    if (event.target === box()) draft = event.target.value
  }, true)

  // Who goes to another conversation, or stops the answer, has changed their mind: a waiting question is not sent.
  document.addEventListener('click', (event) => {
    const pressed = event.target.closest && event.target.closest(`#chat-submit, ${ELSEWHERE}`)
    if (!pressed) return
    if (waiting) release()
    if (pressed.id !== 'stop-button') draft = ''
  }, true)
  window.addEventListener('popstate', () => {
    if (waiting) release()
    draft = ''
  })

  new MutationObserver(() => {
    const input = box()
    if (!input || input === built) return
    built = input
    if (!draft || input.value) return
    fill(input)
    if (document.activeElement === document.body) input.focus()
  }).observe(document.documentElement, { childList: true, subtree: true })
})()

// What Chainlit's page leaves out: names for buttons that are only a picture, and its few words that exist in English only.
;(() => {
  const zh = /^zh/i.test(navigator.language)
  const NAMES = [
    ['#chat-submit', '发送', 'Send'],
    ['#stop-button', '停止', 'Stop'],
    ['#chat-input', '问题', 'Question'],
    ['#new-chat-button', '新建对话', 'New conversation'],
    ['#search-chats-button', '搜索对话', 'Search conversations'],
    ['#sidebar-trigger-button', '对话列表', 'List of conversations'],
    ['#theme-toggle', '切换主题', 'Change theme'],
    ['#thread-options', '对话选项', 'Conversation options'],
    ['#side-view-title button', '关闭收据', 'Close the receipt'],
    ['.positive-feedback-off', '有帮助', 'Helpful'],
    ['.negative-feedback-off', '没有帮助', 'Not helpful'],
    ['button:has(> .lucide-copy)', '复制', 'Copy'],
    ['button:has(> .lucide-arrow-down)', '到最新', 'To the latest']
  ]
  const IN_CHINESE = {
    'Toggle theme': '切换主题',
    'Toggle Sidebar': '对话列表',
    'Suggestions': '搜索结果',
    'Close': '关闭',
    'Loading...': '加载中…',
    'An error occurred': '出错了',
    "Couldn't resume chat": '无法打开这个对话'
  }
  const QUIET_MS = 80
  const LEGEND_SPACE = 8

  function translate() {
    for (const node of document.querySelectorAll('span.sr-only, [data-sonner-toast] [data-title], .inline-plotly-container > div')) {
      const said = !node.childElementCount && IN_CHINESE[node.textContent.trim()]
      if (said) node.textContent = said
    }
    for (const node of document.querySelectorAll('[title="Toggle Sidebar"], [aria-label="Suggestions"]')) {
      const said = IN_CHINESE[node.title || node.ariaLabel]
      if (node.title) node.title = said
      node.ariaLabel = said
    }
  }

  function nameAll() {
    for (const [selector, chinese, english] of NAMES) {
      const label = zh ? chinese : english
      for (const node of document.querySelectorAll(selector)) if (node.ariaLabel !== label) node.ariaLabel = label
    }
    if (zh) translate()
  }

  // The legend's room is kept for a phone, where it takes more lines. On a wider page the chart moves up by what is left.
  function closeGap(chart) {
    const title = chart.querySelector('.gtitle')
    const legend = chart.querySelector('.infolayer > .legend')
    if (!title || !legend) return
    const style = chart.parentElement.style
    const moved = parseFloat(style.getPropertyValue('--yunce-gap')) || 0
    const left = legend.getBoundingClientRect().top - title.getBoundingClientRect().bottom - LEGEND_SPACE
    const gap = Math.max(0, Math.round(left + moved))
    if (Math.abs(gap - moved) > 1) style.setProperty('--yunce-gap', `${gap}px`)
  }

  // Plotly draws anew only when the window changes; the side panel and the list of conversations change the page's width too.
  const redraw = later(() => window.dispatchEvent(new Event('resize')))
  const widths = new ResizeObserver(redraw)
  let page = null

  function later(what) {
    let timer = 0
    return () => {
      clearTimeout(timer)
      timer = setTimeout(what, QUIET_MS)
    }
  }

  function look() {
    nameAll()
    const panel = document.querySelector('[data-panel]')
    if (panel !== page) {
      widths.disconnect()
      if (panel) widths.observe(panel)
      page = panel
    }
    document.querySelectorAll('.js-plotly-plot').forEach(closeGap)
  }

  // A button that turns from one thing into another changes its id only.
  const changes = { childList: true, subtree: true, attributes: true, attributeFilter: ['id'] }
  new MutationObserver(later(look)).observe(document.documentElement, changes)
})()
