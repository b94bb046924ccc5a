;;; counterpoint.el --- Counterpoint for Emacs, with lsp-mode or Eglot  -*- lexical-binding: t; -*-

;; Put into your init file. Keys: from the environment or `counterpoint keys set'.
;; Findings are diagnostics; `lsp-execute-code-action' or `eglot-code-actions' lists fixes, edits and reviews.

;; lsp-mode runs Counterpoint beside a language's own server, and shows ghost text
;; (lsp-inline-completion-mode).
(with-eval-after-load 'lsp-mode
  (lsp-register-client
   (make-lsp-client
    :new-connection (lsp-stdio-connection '("counterpoint" "serve"))
    :activation-fn (lambda (&rest _) buffer-file-name)
    :add-on? t
    :server-id 'counterpoint)))

;; Eglot runs one server for a mode, so this takes the place of the mode's other server.
(with-eval-after-load 'eglot
  (add-to-list 'eglot-server-programs
               '((python-mode python-ts-mode js-mode js-ts-mode typescript-ts-mode tsx-ts-mode
                  go-mode go-ts-mode rust-mode rust-ts-mode java-mode java-ts-mode)
                 . ("counterpoint" "serve"))))

;;; counterpoint.el ends here
