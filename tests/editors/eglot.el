;;; eglot.el --- What a user of Emacs does with the server -*- lexical-binding: t -*-

;; Writes one line for each step to $RESULTS: `ok NAME', or `FAIL NAME: why'.  It reads $TREE and writes no file but $RESULTS.  Made for
;; eglot 1.9, which later versions still understand.

(package-initialize)
(require 'eglot)
(require 'cl-lib)

(defvar test-tree (file-name-as-directory (getenv "TREE")))
(defvar test-symbol (getenv "SYMBOL"))
(defvar test-patience 240)

(setq eglot-sync-connect t
      eglot-connect-timeout test-patience
      eglot-confirm-server-initiated-edits nil
      jrpc-default-request-timeout test-patience
      jsonrpc-default-request-timeout test-patience
      create-lockfiles nil
      make-backup-files nil
      auto-save-default nil
      enable-local-variables nil
      project-find-functions (list (lambda (_) (cons 'transient test-tree))))

;; Who asks the user gets yes: that is how the edit of closed files is confirmed.
(fset 'y-or-n-p (lambda (&rest _) t))
(fset 'yes-or-no-p (lambda (&rest _) t))

;; As the guide has it.
(define-derived-mode kfeat-kconfig-mode prog-mode "Kconfig" (setq-local comment-start "# "))
(add-to-list 'auto-mode-alist '("/Kconfig[^/]*\\'" . kfeat-kconfig-mode))
(add-to-list 'auto-mode-alist '("/arch-support\\.txt\\'" . kfeat-kconfig-mode))
(add-to-list 'eglot-server-programs (list 'kfeat-kconfig-mode (getenv "PROGRAM") "lsp"))

(defun test-note (line)
  (write-region (concat line "\n") nil (getenv "RESULTS") t 'quiet))

(defmacro test-step (name &rest body)
  (declare (indent 1))
  `(condition-case why
       (progn ,@body (test-note (concat "ok " ,name)))
     (error (test-note (format "FAIL %s: %s" ,name
                               (replace-regexp-in-string "\n" " " (format "%S" why)))))))

(defmacro test-wait (what form)
  `(with-timeout (test-patience (error "No %s" ,what))
     (while (not ,form) (accept-process-output nil 0.05))))

(defun test-open (path)
  (find-file (concat test-tree (getenv path)))
  (current-buffer))

(defun test-go (text)
  (goto-char (point-min))
  (let ((case-fold-search nil)) (search-forward text))
  (goto-char (match-beginning 0)))

(defun test-text () (buffer-substring-no-properties (point-min) (point-max)))

(defun test-changed () (eglot--signal-textDocument/didChange))

(defun test-has (lint)
  (flymake-start)
  (cl-some (lambda (one) (string-match-p lint (flymake-diagnostic-text one))) (flymake-diagnostics)))

(defvar test-file (test-open "DECLARED"))
(test-step "starts"
  (apply #'eglot--connect (eglot--guess-contact))
  (test-wait "session" (eglot-managed-p)))

(test-step "diagnostics"
  (let ((end (point-max)))
    (save-excursion
      (goto-char end)
      (insert "\nconfig LSP_TEST\n\tbool \"x\"\n\tselect LSP_NO_SUCH_SYMBOL\n"))
    (test-changed)
    (test-wait "finding" (test-has "LSP_NO_SUCH_SYMBOL"))
    (delete-region end (point-max)))
  (test-changed)
  (test-wait "end of the finding" (not (test-has "LSP_NO_SUCH_SYMBOL"))))

(test-step "hover"
  (test-go test-symbol)
  (let (shown)
    (eglot-hover-eldoc-function (lambda (text &rest _) (setq shown text)))
    (test-wait "hover" shown)
    (unless (string-match-p "can be on\\|is always on" shown) (error "Shown: %s" shown))))

(test-step "references"
  (test-go test-symbol)
  (unless (> (length (xref-backend-references 'eglot test-symbol)) 1) (error "Too few")))

(test-step "definition"
  (test-open "USED")
  (test-go test-symbol)
  (let* ((all (xref-backend-definitions 'eglot (symbol-at-point)))
         (marker (xref-location-marker (xref-item-location (car all)))))
    (unless (eq (marker-buffer marker) test-file) (error "Elsewhere: %S" all))))

(test-step "symbols"
  (switch-to-buffer test-file)
  (let ((outline (format "%S" (eglot-imenu))))
    (unless (string-match-p (regexp-quote test-symbol) outline) (error "%s" outline)))
  (unless (xref-backend-apropos 'eglot test-symbol) (error "Nothing")))

(test-step "completion"
  (let ((end (point-max)))
    (goto-char end)
    (insert "\nconfig LSP_TEST\n\tbool\n\tselect " (substring test-symbol 0 -2))
    (test-changed)
    (let* ((capf (eglot-completion-at-point))
           (typed (buffer-substring-no-properties (nth 0 capf) (nth 1 capf)))
           (all (all-completions typed (nth 2 capf))))
      (unless (member test-symbol all) (error "%S" all)))
    (delete-region end (point-max))
    (test-changed)))

(test-step "folding"
  (let ((folds (jsonrpc-request (eglot--current-server-or-lose) :textDocument/foldingRange
                                (list :textDocument (eglot--TextDocumentIdentifier)))))
    (unless (> (length folds) 0) (error "None"))))

(test-step "formatting"
  (eglot-format-buffer)
  (let ((clean (test-text)))
    (test-go (concat "config " test-symbol))
    (forward-line 1)
    (delete-horizontal-space)
    (insert "    ")
    (end-of-line)
    (insert "  ")
    (test-changed)
    (eglot-format-buffer)
    (unless (equal (test-text) clean) (error "The line stays as it is"))))

(test-step "code action"
  (test-open "TABLE")
  (test-go "|  ok  |")
  (let ((right (test-text)))
    (delete-char 8)
    (insert "|  ..  |")
    (test-changed)
    (test-wait "finding" (progn (flymake-start) (flymake-diagnostics)))
    (let* ((actions (eglot-code-actions (line-beginning-position) (line-end-position)))
           (action (aref (vconcat actions) 0)))
      (eglot--apply-workspace-edit (plist-get action :edit)))
    (test-wait "fix" (equal (test-text) right))
    (test-changed)))

(test-step "rename"
  (switch-to-buffer test-file)
  (test-go test-symbol)
  ;; As the timer does a moment after an edit.
  (test-changed)
  (eglot-rename "LSP_RENAMED")
  (dolist (path '("DECLARED" "USED" "TABLE"))
    (with-current-buffer (test-open path)
      (unless (string-match-p "LSP_RENAMED" (test-text)) (error "%s keeps the name" path)))))

(test-step "ends"
  (switch-to-buffer test-file)
  (eglot-shutdown (eglot--current-server-or-lose)))

(dolist (buffer (buffer-list))
  (with-current-buffer buffer (set-buffer-modified-p nil)))
(kill-emacs 0)
;;; eglot.el ends here
