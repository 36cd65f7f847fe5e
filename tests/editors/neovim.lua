-- Does with Neovim what its user does, without a screen, and writes one line for each step to $RESULTS: `ok NAME`, or `FAIL NAME: why`.
-- It reads $TREE and writes no file but $RESULTS. Made for Neovim 0.7 and later.

local tree, symbol = os.getenv('TREE'), os.getenv('SYMBOL')
local declared, used, reads = os.getenv('DECLARED'), os.getenv('USED'), os.getenv('TABLE')
local patience = 240000
local results = assert(io.open(os.getenv('RESULTS'), 'w'))

local function step(name, work)
  local done, why = xpcall(work, function(e) return tostring(e):gsub('\n', ' ') end)
  results:write(done and ('ok ' .. name .. '\n') or ('FAIL ' .. name .. ': ' .. tostring(why) .. '\n'))
  results:flush()
end

local function wait(what, fits)
  assert(vim.wait(patience, fits, 20), 'no ' .. what)
end

vim.o.hidden = true
vim.o.swapfile = false
-- Whatever asks the user for a name or a file is a failure, not an endless wait.
vim.fn.input = function() error('Neovim asks for something') end

local versions = {}
local client
local function begin()
  local id = vim.lsp.start_client({
    name = 'kfeat',
    cmd = { os.getenv('PROGRAM'), 'lsp' },
    root_dir = tree,
    init_options = { reportChecks = true },
    handlers = { ['kfeat/checked'] = function(_, result) versions[result.uri] = result.version end },
  })
  assert(id, 'Neovim starts no server')
  return id
end
local id = begin()

local function open(path)
  vim.cmd('edit ' .. vim.fn.fnameescape(tree .. '/' .. path))
  local buffer = vim.api.nvim_get_current_buf()
  vim.lsp.buf_attach_client(buffer, id)
  wait('session', function() return vim.lsp.get_client_by_id(id) ~= nil end)
  client = vim.lsp.get_client_by_id(id)
  return buffer
end

local function go_to(pattern)
  vim.fn.cursor(1, 1)
  assert(vim.fn.search(pattern, 'cW') > 0, pattern .. ' is not in the file')
end

local function ask(buffer, method, params)
  local answers = assert(vim.lsp.buf_request_sync(buffer, method, params, patience), 'no answer')
  local answer = answers[id]
  assert(answer and not answer.err, vim.inspect(answer))
  return answer.result
end

local function text(buffer)
  return table.concat(vim.api.nvim_buf_get_lines(buffer, 0, -1, false), '\n')
end

local function format()
  if vim.lsp.buf.format then
    vim.lsp.buf.format({ timeout_ms = patience })
  else
    vim.lsp.buf.formatting_sync(nil, patience)
  end
end

local function checked(buffer)
  local uri = vim.uri_from_bufnr(buffer)
  local version = vim.lsp.util.buf_versions[buffer] or 0
  wait('end of the check', function() return (versions[uri] or -1) >= version end)
end

local file = open(declared)
step('starts', function() checked(file) end)

step('diagnostics', function()
  vim.api.nvim_buf_set_lines(file, -1, -1, false, { '', 'config LSP_TEST', '\tbool "x"', '\tselect LSP_NO_SUCH_SYMBOL' })
  local function has(code)
    return function()
      for _, one in ipairs(vim.diagnostic.get(file)) do
        local lsp = one.user_data and one.user_data.lsp or {}
        if lsp.code == code or one.code == code then
          return true
        end
      end
      return false
    end
  end
  wait('finding', has('undeclared-name'))
  vim.cmd('undo')
  checked(file)
  assert(not has('undeclared-name')(), 'the finding stays')
end)

step('hover', function()
  go_to('\\<' .. symbol .. '\\>')
  vim.lsp.buf.hover()
  local shown
  wait('window', function()
    for _, window in ipairs(vim.api.nvim_list_wins()) do
      if vim.api.nvim_win_get_config(window).relative ~= '' then
        shown = text(vim.api.nvim_win_get_buf(window))
        vim.api.nvim_win_close(window, true)
        return true
      end
    end
    return false
  end)
  assert(shown:find(symbol, 1, true) and shown:find('can be on') or shown:find('is always on'), shown)
end)

step('references', function()
  go_to('\\<' .. symbol .. '\\>')
  vim.fn.setqflist({})
  vim.lsp.buf.references()
  wait('list', function() return #vim.fn.getqflist() > 1 end)
  vim.cmd('cclose')
end)

step('definition', function()
  local user = open(used)
  go_to('\\<' .. symbol .. '\\>')
  vim.lsp.buf.definition()
  wait('jump', function() return vim.api.nvim_get_current_buf() == file end)
  assert(vim.fn.getline('.'):find('config ' .. symbol, 1, true), vim.fn.getline('.'))
  vim.api.nvim_set_current_buf(user)
  vim.api.nvim_set_current_buf(file)
end)

step('symbols', function()
  vim.fn.setqflist({})
  vim.lsp.buf.document_symbol()
  wait('outline', function()
    for _, list in ipairs({ vim.fn.getqflist(), vim.fn.getloclist(0) }) do
      for _, item in ipairs(list) do
        if item.text:find(symbol, 1, true) then
          return true
        end
      end
    end
    return false
  end)
  vim.cmd('cclose | lclose')
  vim.fn.setqflist({})
  vim.lsp.buf.workspace_symbol(symbol)
  wait('symbols', function() return #vim.fn.getqflist() > 0 end)
  vim.cmd('cclose')
end)

step('completion', function()
  vim.api.nvim_set_current_buf(file)
  vim.api.nvim_buf_set_lines(file, -1, -1, false, { '', 'config LSP_TEST', '\tbool', '\tselect ' .. symbol:sub(1, -3) })
  local last = vim.api.nvim_buf_line_count(file)
  vim.api.nvim_win_set_cursor(0, { last, 1000 })
  local params = vim.lsp.util.make_position_params()
  params.position.character = #vim.fn.getline(last)
  local items = vim.lsp.util.extract_completion_items(ask(file, 'textDocument/completion', params))
  -- Others may begin with the same letters.
  local found = vim.tbl_filter(function(item) return item.label == symbol end, items)
  assert(#found == 1, vim.inspect(items[1]))
  vim.cmd('undo')
end)

step('folding', function()
  local folds = ask(file, 'textDocument/foldingRange', { textDocument = vim.lsp.util.make_text_document_params() })
  assert(#folds > 0)
end)

step('formatting', function()
  local before = text(file)
  format()
  local clean = text(file)
  go_to('^config ' .. symbol .. '\\>')
  local line = vim.fn.line('.')
  vim.fn.setline(line + 1, '    ' .. vim.trim(vim.fn.getline(line + 1)) .. '  ')
  assert(text(file) ~= clean)
  format()
  assert(text(file) == clean, 'the line stays as it is')
  vim.api.nvim_buf_set_lines(file, 0, -1, false, vim.split(before, '\n'))
end)

step('code action', function()
  open(reads)
  local row = vim.fn.search('|  ok  |', 'cw')
  assert(row > 0)
  local wrong = vim.fn.getline(row):gsub('|  ok  |', '|  ..  |')
  local right = vim.fn.getline(row)
  vim.fn.setline(row, wrong)
  local buffer = vim.api.nvim_get_current_buf()
  wait('finding', function() return #vim.diagnostic.get(buffer) > 0 end)
  vim.ui.select = function(items, _, chosen) chosen(items[1]) end
  vim.fn.cursor(row, 1)
  vim.lsp.buf.code_action()
  wait('fix', function() return vim.fn.getline(row) == right end)
end)

step('rename', function()
  vim.api.nvim_set_current_buf(file)
  go_to('\\<' .. symbol .. '\\>')
  vim.lsp.buf.rename('LSP_RENAMED')
  wait('new name', function() return text(file):find('config LSP_RENAMED', 1, true) ~= nil end)
  for _, path in ipairs({ used, reads }) do
    local buffer = vim.fn.bufnr(tree .. '/' .. path)
    assert(buffer > 0 and text(buffer):find('LSP_RENAMED', 1, true), path .. ' keeps the name')
  end
end)

step('ends', function()
  client.stop()
  assert(vim.wait(20000, function() return client.is_stopped() end, 20), 'the server goes on')
end)

results:close()
vim.cmd('qall!')
