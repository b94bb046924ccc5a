-- Counterpoint for Neovim 0.11 and newer. Save as ~/.config/nvim/lsp/counterpoint.lua, then say once, in init.lua:
--
--     vim.lsp.enable('counterpoint')
--
-- Settings:  vim.lsp.config('counterpoint', { settings = { counterpoint = { completion = { debounce_ms = 50 } } } })
--            Settings that decide where code and money go count only as  init_options = { user = { ... } }.
-- Keys:      from the environment (OPENAI_API_KEY, ANTHROPIC_API_KEY) or `counterpoint keys set`.
-- Use:       gra lists fixes, edits and reviews. :CounterpointReview reviews the file, or the lines given;
--            :CounterpointEdit [instruction] edits the line or the lines given. :CounterpointCosts,
--            :CounterpointPause [minutes], :CounterpointResume, :CounterpointCancel.
--            vim.g.counterpoint_status is { state, reason, model, spentToday, budgetToday } for a status line.
-- Ghost text: where Neovim has it (0.12), <Tab> accepts. vim.g.counterpoint_accept names another key, or is false.

local function complain(err)
  local fix = type(err.data) == 'table' and err.data.fix
  local text = err.message or tostring(err)
  if type(fix) == 'string' and not text:find(fix, 1, true) then
    text = text .. ' ' .. fix
  end
  vim.notify('Counterpoint: ' .. text, vim.log.levels.ERROR)
end

-- Sends a command. Buffer numbers are real ones: with 0 Neovim may ask about text that it has not sent yet.
local function run(client, bufnr, command, argument, done)
  local params = { command = command, arguments = { argument } }
  client:request('workspace/executeCommand', params, function(err, result)
    if err then
      if err.code ~= -32800 and err.code ~= -32802 then
        complain(err)
      end
    elseif done then
      done(result)
    end
  end, bufnr)
end

-- What the server is told of a place: whole lines, in its own position encoding.
local function place(client, bufnr, first, last)
  local line = vim.api.nvim_buf_get_lines(bufnr, last - 1, last, false)[1] or ''
  return {
    uri = vim.uri_from_bufnr(bufnr),
    version = vim.lsp.util.buf_versions[bufnr],
    range = {
      start = { line = first - 1, character = 0 },
      ['end'] = { line = last - 1, character = vim.str_utfindex(line, client.offset_encoding) },
    },
  }
end

local function edit(client, bufnr, argument)
  vim.ui.input({ prompt = 'What should be changed? (empty: what the comments say) ' }, function(instruction)
    if instruction then
      run(client, bufnr, 'counterpoint.edit', vim.tbl_extend('force', argument, { instruction = instruction }))
    end
  end)
end

local function show_costs(result)
  local lines = { ('Today: $%.3f of $%.2f'):format(result.todayUsd, result.budgetTodayUsd) }
  for _, row in ipairs(result.totals) do
    table.insert(lines, ('%s, %s: $%.3f for %d calls'):format(row.model, row.task, row.costUsd, row.calls))
  end
  vim.notify(table.concat(lines, '\n'))
end

local function commands(client, bufnr)
  local function define(name, options, act)
    vim.api.nvim_buf_create_user_command(bufnr, name, act, options)
  end
  define('CounterpointReview', { range = true, desc = 'Review this file, or these lines' }, function(given)
    local argument = { uri = vim.uri_from_bufnr(bufnr), scope = 'file', confirm = true }
    if given.range > 0 then
      argument = place(client, bufnr, given.line1, given.line2)
      argument.version, argument.scope, argument.confirm = nil, 'symbol', true
    end
    run(client, bufnr, 'counterpoint.review', argument)
  end)
  define('CounterpointEdit', { range = true, nargs = '*', desc = 'Edit by instruction' }, function(given)
    local argument = place(client, bufnr, given.line1, given.line2)
    if given.args == '' then
      edit(client, bufnr, argument)
    else
      argument.instruction = given.args
      run(client, bufnr, 'counterpoint.edit', argument)
    end
  end)
  define('CounterpointCosts', { desc = 'What was spent' }, function()
    run(client, bufnr, 'counterpoint.costs', vim.empty_dict(), show_costs)
  end)
  define('CounterpointPause', { nargs = '?', desc = 'No completions for so many minutes' }, function(given)
    run(client, bufnr, 'counterpoint.pause', { minutes = tonumber(given.args) or 0 })
  end)
  define('CounterpointResume', { desc = 'Completions again' }, function()
    run(client, bufnr, 'counterpoint.pause', { minutes = vim.NIL })
  end)
  define('CounterpointCancel', { desc = 'Stop what is running' }, function()
    run(client, bufnr, 'counterpoint.cancel', vim.empty_dict())
  end)
end

local function ghost_text(client, bufnr)
  local inline = vim.lsp.inline_completion
  if not inline or not client:supports_method('textDocument/inlineCompletion', bufnr) then
    return
  end
  inline.enable(true, { bufnr = bufnr, client_id = client.id })
  local key = vim.g.counterpoint_accept
  if key == false then
    return
  end
  key = key or '<Tab>'
  vim.keymap.set('i', key, function()
    if inline.get() then
      return ''
    end
    if key == '<Tab>' and vim.snippet.active({ direction = 1 }) then
      return '<Cmd>lua vim.snippet.jump(1)<CR>'
    end
    return key
  end, { buffer = bufnr, expr = true, desc = 'Accept what Counterpoint suggests' })
end

return {
  cmd = { 'counterpoint', 'serve' },
  root_markers = { '.counterpoint', '.git' },
  commands = {
    -- The menu's entry to edit has no instruction yet: only an editor can ask for one.
    ['counterpoint.edit'] = function(command, context)
      local client = assert(vim.lsp.get_client_by_id(context.client_id))
      local argument = command.arguments[1]
      if argument.instruction then
        run(client, context.bufnr, command.command, argument)
      else
        edit(client, context.bufnr, argument)
      end
    end,
  },
  handlers = {
    ['counterpoint/status'] = function(_, status)
      vim.g.counterpoint_status = status
      vim.cmd.redrawstatus()
    end,
  },
  on_attach = function(client, bufnr)
    commands(client, bufnr)
    ghost_text(client, bufnr)
  end,
}
