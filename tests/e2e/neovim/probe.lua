-- Plays a user in a real Neovim; each step prints one line of JSON, {step, ...}. Ends Neovim whatever happens.
-- Given by environment: PROBE_SERVER, PROBE_EDITORS (folder with lsp/counterpoint.lua), PROBE_TITLES (JSON).

local wanted = vim.json.decode(vim.env.PROBE_TITLES)

vim.opt.runtimepath:prepend(vim.env.PROBE_EDITORS)
vim.lsp.config('counterpoint', { cmd = { vim.env.PROBE_SERVER, 'serve' } })
vim.lsp.enable('counterpoint')

local function tell(step, values)
  io.stdout:write(vim.json.encode(vim.tbl_extend('force', { step = step }, values)) .. '\n')
  io.stdout:flush()
end

local function wait(what, ready, seconds)
  if not vim.wait((seconds or 20) * 1000, ready, 20) then
    error('timed out: ' .. what)
  end
end

local progress, notices = {}, {}
vim.api.nvim_create_autocmd('LspProgress', {
  callback = function(event)
    local value = event.data.params.value
    table.insert(progress, { kind = value.kind, title = value.title or vim.NIL })
  end,
})
vim.notify = function(text)
  table.insert(notices, text)
end

-- The menu that `gra` opens: remembers what it lists and takes the entry that begins so.
local function menu(beginning)
  local listed
  vim.ui.select = function(items, options, choose)
    listed = vim.tbl_map(options.format_item or tostring, items)
    for index, text in ipairs(listed) do
      if vim.startswith(text, beginning) then
        return choose(items[index], index)
      end
    end
    choose(nil)
  end
  vim.api.nvim_feedkeys('gra', 'mx', false)
  wait('the menu', function()
    return listed
  end)
  return listed
end

local function messages()
  return vim.tbl_map(function(item)
    return { message = item.message, line = item.lnum + 1, source = item.source, severity = item.severity }
  end, vim.diagnostic.get(0))
end

local function has(text)
  return function()
    return vim.iter(messages()):any(function(item)
      return item.message:find(text, 1, true)
    end)
  end
end

local function holds(line)
  return function()
    return vim.tbl_contains(vim.api.nvim_buf_get_lines(0, 0, -1, false), line)
  end
end

-- Ids of our findings in all files, open or not, by message; those of rules are left out.
local function ids()
  local found = vim.empty_dict()
  for _, item in ipairs(vim.diagnostic.get(nil)) do
    local data = item.user_data and item.user_data.lsp and item.user_data.lsp.data
    if data and data.id and tostring(item.code):find('/', 1, true) then
      found[vim.split(item.message, '\n')[1]] = data.id
    end
  end
  return found
end

local function cli(...)
  local done = vim.system({ vim.env.PROBE_SERVER, ... }, { text = true, timeout = 60000 }):wait()
  return { code = done.code, out = done.stdout, err = done.stderr }
end

local function ended()
  return #progress > 0 and progress[#progress].kind == 'end'
end

local function play()
  wait('attach', function()
    local client = vim.lsp.get_clients({ name = 'counterpoint', bufnr = 0 })[1]
    return client and client.initialized
  end)
  local client = vim.lsp.get_clients({ name = 'counterpoint', bufnr = 0 })[1]
  tell('attached', { encoding = client.offset_encoding, root = client.root_dir })

  wait('the static rules', function()
    return #vim.diagnostic.get(0) > 0
  end)
  tell('diagnostics', { found = messages() })

  vim.api.nvim_win_set_cursor(0, { wanted.line, 12 })
  wait('the price, once keys and models are known', function()
    local params = vim.lsp.util.make_range_params(0, client.offset_encoding)
    params.context = { diagnostics = {}, triggerKind = 1 }
    local reply = client:request_sync('textDocument/codeAction', params, 5000, vim.api.nvim_get_current_buf())
    return vim.iter(reply.result or {}):any(function(action)
      return vim.startswith(action.title, 'Review file: ') and action.title:find('$', 1, true)
    end)
  end)
  tell('menu', { listed = menu('Review file: ') })
  wait('the finding', has(wanted.finding))
  wait('the end of the review', ended)
  tell('reviewed', { found = messages(), progress = progress })

  wait('the second look', function()
    local known = ids()
    return known[wanted.finding] and known[wanted.stands] and known[wanted.dismissed]
  end)
  local known = ids()
  tell('ids', { found = known })
  tell('cli', { review = cli('review', 'orders/payments.py', '--format', 'json', '--yes') })

  -- In the other file: one is dismissed by the menu, the other by the command line, for the team.
  local payments = vim.api.nvim_get_current_buf()
  vim.cmd.edit('orders/db.py')
  wait('the findings of the other file', has(wanted.dismissed))
  vim.api.nvim_win_set_cursor(0, { wanted.dismissedLine, 10 })
  tell('dismissing', { listed = menu('Dismiss: not a bug') })
  wait('silence', function()
    return not ids()[wanted.dismissed]
  end)
  tell('afterwards', { review = cli('review', 'orders/payments.py', '--format', 'json', '--yes') })
  tell('baseline', { added = cli('baseline', 'add', known[wanted.stands], '--reason', 'The lock is elsewhere') })
  wait('silence from the command line', function()
    return not ids()[wanted.stands]
  end)
  tell('silent', { left = ids() })
  vim.api.nvim_set_current_buf(payments)
  wait('the finding, still', has(wanted.finding))

  progress = {}
  tell('fixes', { listed = menu(wanted.fix) })
  wait('the quick fix', holds(wanted.mended))
  tell('fixed', { modified = vim.bo.modified })

  vim.cmd('1CounterpointEdit Say it shorter')
  wait('the edit', holds(wanted.renamed))
  wait('the end of the edit', ended)
  tell('edited', { progress = progress, status = vim.g.counterpoint_status or vim.NIL })

  vim.cmd('silent undo')
  tell('undone', { first = vim.api.nvim_buf_get_lines(0, 0, 1, false)[1] })
  vim.cmd('CounterpointCosts')
  wait('the costs', function()
    return notices[#notices] and notices[#notices]:find('Today', 1, true)
  end)
  tell('costs', { text = notices[#notices] })
  vim.cmd('CounterpointStatus')
  wait('the status', function()
    return notices[#notices] and notices[#notices]:find('Counterpoint is', 1, true)
  end)
  tell('status', { text = notices[#notices] })
end

function Probe()
  local ok, problem = pcall(play)
  if not ok then
    tell('failed', { problem = tostring(problem), notices = notices, log = vim.lsp.get_log_path() })
  end
  vim.lsp.enable('counterpoint', false)
  vim.cmd('qa!')
end
