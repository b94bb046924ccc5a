-- Counterpoint for Neovim 0.11 and newer. Save as ~/.config/nvim/lsp/counterpoint.lua, then say once, in init.lua:
--
--     vim.lsp.enable('counterpoint')
--
-- Settings:  vim.lsp.config('counterpoint', { settings = { counterpoint = { completion = { mode = 'calm' } } } })
--            Settings that decide where code and money go count only as  init_options = { user = { ... } }.
-- Keys:      from the environment (OPENAI_API_KEY, ANTHROPIC_API_KEY) or `counterpoint keys set`.
-- Use:       gra lists fixes, edits, reviews, and ways to dismiss a finding. :CounterpointReview reviews the file,
--            or the lines given; with an argument it reviews changes, staged, branch, commit [ref], workspace, or
--            machine, which is what models wrote. :CounterpointReviews lists every review here with its price.
--            :CounterpointDismiss [reason] dismisses the finding under the cursor, with ! for the whole team.
--            :CounterpointEdit [instruction] edits the line or the lines given, :CounterpointRefactor [instruction]
--            with more care for callers; afterwards gra in the changed lines lists Keep, Revert, Refine..., the
--            other voice's version, and a review of them. :CounterpointPair opens a conversation about the file as
--            a document: write in it, then gra, Send. :CounterpointAsk [question] asks about the workspace,
--            :CounterpointCommit writes the message for what is staged. :CounterpointInvestigate finds the causes
--            of what a program printed: in the lines given, the buffer, or the file named (a log); what else is said
--            is a note to it.
--            :CounterpointWhy explains the last completion here, or why there was none. :CounterpointStatus tells
--            the state, what the last answer says of itself, and what is spent of each budget. :CounterpointCosts,
--            :CounterpointPause [minutes], :CounterpointResume, :CounterpointCancel.
--            vim.g.counterpoint_status is { state, reason, model, notice, spentToday, budgetToday, spentMonth,
--            budgetMonth, spentSession, budgetSession, nearest = { setting, spent, budget } } for a status line.
-- Ghost text: <Tab> accepts; vim.g.counterpoint_accept names another key, or is false. On 0.11, which has no ghost
--            text of its own, <M-Right> takes a word, <M-Down> a line, <M-\> asks where nothing was offered.

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

-- Answers the server's question for a line of text; it waits in a coroutine while the user types.
local function input(_, params)
  local waiting = coroutine.running()
  local prompt = params.title .. (params.placeholder and ' (' .. params.placeholder .. ')' or '') .. ': '
  vim.ui.input({ prompt = prompt, default = params.value }, function(text)
    -- Scheduled: by default the user is asked at once, and there is nothing to resume yet.
    vim.schedule(function()
      coroutine.resume(waiting, { text = text or vim.NIL })
    end)
  end)
  return coroutine.yield()
end

-- The client that is showing a document of its own: that belongs to it, wherever it lies.
local showing

local function show_document(err, params, context)
  showing = context.client_id
  local answer = vim.lsp.handlers['window/showDocument'](err, params, context)
  showing = nil
  return answer
end

-- Asks for the reason that a dismissal lacks. What is dismissed for the team is written down with it.
local function dismiss(client, bufnr, argument)
  local prompt = argument['for'] == 'team' and 'Why is it dismissed for the team? ' or 'Why is it dismissed? '
  vim.ui.input({ prompt = prompt }, function(reason)
    if reason and reason ~= '' then
      run(client, bufnr, 'counterpoint.dismiss', vim.tbl_extend('force', argument, { reason = reason }))
    end
  end)
end

-- Lists every review there is at a place, with its price, and runs the one that is chosen.
local function choose_review(client, bufnr, argument)
  run(client, bufnr, 'counterpoint.reviews', { uri = argument.uri, range = argument.range }, function(result)
    local options = {
      prompt = 'Which review?',
      format_item = function(item)
        return item.title
      end,
    }
    vim.ui.select(result.reviews, options, function(chosen)
      if chosen then
        run(client, bufnr, 'counterpoint.review', chosen.argument)
      end
    end)
  end)
end

-- The finding of ours nearest to the cursor among those of its line.
local function finding_here(bufnr)
  local place = vim.api.nvim_win_get_cursor(0)
  local found, best
  for _, item in ipairs(vim.diagnostic.get(bufnr, { lnum = place[1] - 1 })) do
    local data = item.user_data and item.user_data.lsp and item.user_data.lsp.data
    local far = math.abs(item.col - place[2])
    if item.source == 'counterpoint' and data and data.id and (not best or far < best) then
      found, best = data.id, far
    end
  end
  return found
end

local scopes = { 'file', 'changes', 'staged', 'branch', 'commit', 'workspace', 'machine' }

-- Two decimals; a sum that would round to nothing keeps three.
-- To the cent from a dollar on; below it up to four decimals, so that rows come to their sum.
local function dollars(amount)
  local said = amount >= 1 and ('%.2f'):format(amount) or ('%.4f'):format(amount):gsub('00?$', '')
  return tonumber(said) == 0 and '$0' or '$' .. said
end

local sentences = {
  ['no-key'] = 'Counterpoint has nobody to ask.',
  ['needs-consent'] = 'Counterpoint needs your consent.',
  budget = 'Counterpoint is held by a budget.',
  error = 'Counterpoint met with an error.',
  waiting = 'Counterpoint waits for a vendor.',
}

local function show_status()
  local status = vim.g.counterpoint_status
  if not status then
    vim.notify('Counterpoint has not said anything yet.')
    return
  end
  local lines = { sentences[status.state] or ('Counterpoint is ' .. status.state .. '.') }
  local function add(format, ...)
    lines[#lines + 1] = format:format(...)
  end
  for _, one in ipairs({ { '', 'reason' }, { 'Model: ', 'model' }, { 'Last answer: ', 'notice' } }) do
    local text = status[one[2]]
    if type(text) == 'string' and text ~= '' then
      add('%s%s', one[1], text)
    end
  end
  for _, one in ipairs({ { 'today', 'Today' }, { 'this month', 'Month' }, { 'in this session', 'Session' } }) do
    local spent, budget = status['spent' .. one[2]], status['budget' .. one[2]]
    if type(spent) == 'number' then
      add('Spent %s: %s%s', one[1], dollars(spent), type(budget) == 'number' and ' of ' .. dollars(budget) or '')
    end
  end
  local near = status.nearest
  if type(near) == 'table' and near.budget > 0 and near.spent >= near.budget / 2 then
    add('Nearest cap: %s, %.0f %% of %s', near.setting, 100 * near.spent / near.budget, dollars(near.budget))
  end
  vim.notify(table.concat(lines, '\n'))
end

local function show_costs(result)
  local lines = { ('Today: %s of %s'):format(dollars(result.todayUsd), dollars(result.budgetTodayUsd)) }
  for _, row in ipairs(result.totals) do
    local calls = ('%d call%s'):format(row.calls, row.calls == 1 and '' or 's')
    lines[#lines + 1] = ('%s, %s: %s for %s'):format(row.model, row.task, dollars(row.costUsd), calls)
  end
  vim.notify(table.concat(lines, '\n'))
end

local function commands(client, bufnr)
  local function define(name, options, act)
    vim.api.nvim_buf_create_user_command(bufnr, name, act, options)
  end
  define('CounterpointReview', {
    range = true,
    nargs = '*',
    complete = function()
      return scopes
    end,
    desc = 'Review this file, these lines, or what git tells',
  }, function(given)
    local argument = { uri = vim.uri_from_bufnr(bufnr), scope = given.fargs[1] or 'file', confirm = true }
    argument.ref = given.fargs[2]
    if given.range > 0 then
      argument = place(client, bufnr, given.line1, given.line2)
      argument.version, argument.scope, argument.confirm = nil, 'symbol', true
    end
    run(client, bufnr, 'counterpoint.review', argument)
  end)
  define('CounterpointReviews', { range = true, desc = 'Choose a review by its price' }, function(given)
    local argument = place(client, bufnr, given.line1, given.line2)
    if given.range == 0 then
      argument.range['end'] = argument.range.start
    end
    choose_review(client, bufnr, argument)
  end)
  define('CounterpointDismiss', { nargs = '*', bang = true, desc = 'Dismiss the finding here' }, function(given)
    local id = finding_here(bufnr)
    if not id then
      return vim.notify('Counterpoint: there is no finding on this line.')
    end
    local argument = { id = id, uri = vim.uri_from_bufnr(bufnr), ['for'] = given.bang and 'team' or 'me' }
    if given.args == '' then
      dismiss(client, bufnr, argument)
    else
      argument.reason = given.args
      run(client, bufnr, 'counterpoint.dismiss', argument)
    end
  end)
  -- What is not said here the server asks for.
  local function saying(name, command, field, desc)
    define(name, { range = true, nargs = '*', desc = desc }, function(given)
      local argument = place(client, bufnr, given.line1, given.line2)
      argument[field] = given.args ~= '' and given.args or nil
      run(client, bufnr, command, argument)
    end)
  end
  saying('CounterpointEdit', 'counterpoint.edit', 'instruction', 'Edit by instruction')
  saying('CounterpointRefactor', 'counterpoint.refactor', 'instruction', 'Refactor by instruction')
  saying('CounterpointAsk', 'counterpoint.ask', 'question', 'Ask about the workspace')
  define('CounterpointInvestigate', { range = '%', nargs = '*', complete = 'file', desc = 'Causes of this output' }, function(given)
    local argument = place(client, bufnr, given.line1, given.line2)
    if given.args ~= '' and vim.fn.filereadable(given.args) == 1 then
      argument = { uri = vim.uri_from_fname(vim.fn.fnamemodify(given.args, ':p')) }
    elseif given.args ~= '' then
      argument.note = given.args
    end
    run(client, bufnr, 'counterpoint.investigate', argument)
  end)
  saying('CounterpointPair', 'counterpoint.pair', 'message', 'A conversation about this file')
  define('CounterpointCosts', { desc = 'What was spent' }, function()
    run(client, bufnr, 'counterpoint.costs', vim.empty_dict(), show_costs)
  end)
  define('CounterpointStatus', { desc = 'State, model and budgets' }, show_status)
  define('CounterpointWhy', { desc = 'Why this completion, or none' }, function()
    local position = vim.lsp.util.make_position_params(0, client.offset_encoding).position
    run(client, bufnr, 'counterpoint.why', { uri = vim.uri_from_bufnr(bufnr), position = position, show = true })
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

-- What is offered in each buffer: { row, col, text, item, client, tick }. Rows and columns count from 0, in bytes.
local offers, asked = {}, {}
local shades = vim.api.nvim_create_namespace('counterpoint')

local function hide(bufnr)
  offers[bufnr] = nil
  vim.api.nvim_buf_clear_namespace(bufnr, shades, 0, -1)
end

local function cursor()
  local place = vim.api.nvim_win_get_cursor(0)
  return place[1] - 1, place[2]
end

local function draw(bufnr)
  local offer = offers[bufnr]
  local lines = vim.split(offer.text, '\n', { plain = true })
  vim.api.nvim_buf_clear_namespace(bufnr, shades, 0, -1)
  vim.api.nvim_buf_set_extmark(bufnr, shades, offer.row, offer.col, {
    virt_text = { { lines[1], 'CounterpointGhost' } },
    virt_text_pos = 'inline',
    virt_lines = vim.tbl_map(function(line)
      return { { line, 'CounterpointGhost' } }
    end, vim.list_slice(lines, 2)),
  })
end

-- Keeps what is left of an offer whose beginning was just typed; the server says the same a moment later.
local function typed_along(bufnr)
  local offer, row, col = offers[bufnr], cursor()
  if offer then
    local line = vim.api.nvim_buf_get_lines(bufnr, row, row + 1, false)[1] or ''
    local typed = row == offer.row and line:sub(offer.col + 1, col) or nil
    if offer.tick == vim.b[bufnr].changedtick then
      return -- a part was just taken
    elseif typed and typed ~= '' and #typed < #offer.text and vim.startswith(offer.text, typed) then
      offer.text, offer.col, offer.tick = offer.text:sub(#typed + 1), col, vim.b[bufnr].changedtick
      draw(bufnr)
    else
      hide(bufnr)
    end
  end
end

local function offer_of(client, bufnr, item)
  local row, col = cursor()
  local line = vim.api.nvim_buf_get_lines(bufnr, row, row + 1, false)[1] or ''
  local start = item.range and item.range.start or { line = row, character = 0 }
  local text = type(item.insertText) == 'table' and item.insertText.value or item.insertText
  local from = item.range and vim.str_byteindex(line, client.offset_encoding, start.character, false) or col
  local already = line:sub(from + 1, col)
  if start.line ~= row or not vim.startswith(text, already) or #text == #already then
    return nil
  end
  text = text:gsub('\r\n', '\n'):sub(#already + 1)
  return { row = row, col = col, text = text, item = item, client = client, tick = vim.b[bufnr].changedtick }
end

local function ask(client, bufnr, kind)
  local last = asked[bufnr]
  if last then
    client:cancel_request(last)
  end
  local tick, row, col = vim.b[bufnr].changedtick, cursor()
  local params = vim.lsp.util.make_position_params(0, client.offset_encoding)
  params.context = { triggerKind = kind }
  local _, id = client:request('textDocument/inlineCompletion', params, function(err, result)
    local now_row, now_col = cursor()
    local same = bufnr == vim.api.nvim_get_current_buf() and tick == vim.b[bufnr].changedtick
    if err or not same or now_row ~= row or now_col ~= col or vim.fn.mode():sub(1, 1) ~= 'i' then
      return
    end
    local item = result and (result.items or result)[1]
    local offer = item and offer_of(client, bufnr, item)
    if offer then
      offers[bufnr] = offer
      draw(bufnr)
    else
      hide(bufnr)
    end
  end, bufnr)
  asked[bufnr] = id
end

-- Puts in the whole offer, or its next word or line.
local function take(bufnr, part)
  local offer = offers[bufnr]
  local row, col = cursor()
  if not offer or offer.tick ~= vim.b[bufnr].changedtick or row ~= offer.row or col ~= offer.col then
    return
  end
  local patterns = { word = '^%s*[%w_]+', line = '^\n?[^\n]*' }
  local piece = part and (offer.text:match(patterns[part]) or offer.text:match('^%s*.')) or offer.text
  hide(bufnr)
  local lines = vim.split(piece, '\n', { plain = true })
  -- What follows the cursor and belongs to the item is replaced by the whole only.
  local stop = col
  if not part and offer.item.range then
    local line = vim.api.nvim_buf_get_lines(bufnr, row, row + 1, false)[1]
    local last = offer.item.range['end']
    stop = math.max(col, vim.str_byteindex(line, offer.client.offset_encoding, last.character, false))
  end
  vim.api.nvim_buf_set_text(bufnr, row, col, row, stop, lines)
  local left = #lines == 1 and col + #piece or #lines[#lines]
  vim.api.nvim_win_set_cursor(0, { row + #lines, left })
  if #piece < #offer.text then
    offer.text, offer.row, offer.col = offer.text:sub(#piece + 1), row + #lines - 1, left
    offer.tick = vim.b[bufnr].changedtick
    offers[bufnr] = offer
    draw(bufnr)
  end
  local command = offer.item.command
  if command then
    local argument = vim.tbl_extend('force', command.arguments[1], part and { part = piece } or {})
    run(offer.client, bufnr, command.command, argument)
  end
end

local function own_ghost_text(client, bufnr, key)
  vim.api.nvim_set_hl(0, 'CounterpointGhost', { link = 'NonText', default = true })
  local group = vim.api.nvim_create_augroup('counterpoint.' .. bufnr, {})
  local function on(events, act)
    vim.api.nvim_create_autocmd(events, { group = group, buffer = bufnr, callback = act })
  end
  on({ 'TextChangedI', 'TextChangedP' }, function()
    typed_along(bufnr)
    ask(client, bufnr, 2)
  end)
  on('CursorMovedI', function()
    local offer, row, col = offers[bufnr], cursor()
    if offer and offer.tick == vim.b[bufnr].changedtick and (row ~= offer.row or col ~= offer.col) then
      hide(bufnr)
    end
  end)
  on({ 'InsertLeave', 'BufLeave' }, function()
    if asked[bufnr] then
      client:cancel_request(asked[bufnr])
      asked[bufnr] = nil
    end
    hide(bufnr)
  end)
  local function map(lhs, part, description)
    vim.keymap.set('i', lhs, function()
      if offers[bufnr] then
        vim.schedule(function()
          take(bufnr, part)
        end)
        return ''
      end
      if lhs == '<Tab>' and vim.snippet.active({ direction = 1 }) then
        return '<Cmd>lua vim.snippet.jump(1)<CR>'
      end
      return lhs
    end, { buffer = bufnr, expr = true, desc = description })
  end
  map(key, nil, 'Accept what Counterpoint suggests')
  map('<M-Right>', 'word', 'Accept a word of it')
  map('<M-Down>', 'line', 'Accept a line of it')
  vim.keymap.set('i', '<M-\\>', function()
    ask(client, bufnr, 1)
  end, { buffer = bufnr, desc = 'Ask Counterpoint here' })
end

local function ghost_text(client, bufnr)
  local inline, key = vim.lsp.inline_completion, vim.g.counterpoint_accept
  if key == false and not inline then
    return
  end
  key = key or '<Tab>'
  if not inline then
    return own_ghost_text(client, bufnr, key)
  end
  if not client:supports_method('textDocument/inlineCompletion', bufnr) then
    return
  end
  inline.enable(true, { bufnr = bufnr, client_id = client.id })
  if vim.g.counterpoint_accept == false then
    return
  end
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
  reuse_client = function(client, config)
    if showing then
      return client.id == showing
    end
    return client.name == config.name and client.root_dir == config.root_dir and not client:is_stopped()
  end,
  capabilities = {
    workspace = { workspaceEdit = { documentChanges = true } }, -- which Neovim knows and does not say
    experimental = { counterpoint = { input = true } },
  },
  commands = {
    ['counterpoint.dismiss'] = function(command, context)
      local client = assert(vim.lsp.get_client_by_id(context.client_id))
      local argument = command.arguments[1]
      if argument.reason then
        run(client, context.bufnr, command.command, argument)
      else
        dismiss(client, context.bufnr, argument)
      end
    end,
    ['counterpoint.review'] = function(command, context)
      local client = assert(vim.lsp.get_client_by_id(context.client_id))
      local argument = command.arguments[1]
      if argument.choose then
        choose_review(client, context.bufnr, argument)
      else
        run(client, context.bufnr, command.command, argument)
      end
    end,
  },
  handlers = {
    ['counterpoint/input'] = input,
    ['window/showDocument'] = show_document,
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
