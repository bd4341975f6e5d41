// On a narrow screen the list of conversations is not on the page, and with it goes Chainlit's only step from "/" to the
// conversation's own address: a reload would lose the place. The server names the conversation; the address follows.
window.addEventListener('message', (event) => {
  const thread = event.source === window && event.data && event.data.yunceThread
  if (thread && location.pathname === '/' && window.innerWidth < 768) {
    history.replaceState(history.state, '', `/thread/${encodeURIComponent(thread)}`)
  }
})
