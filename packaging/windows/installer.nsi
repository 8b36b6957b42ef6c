; The installer, compiled by installer.py, which defines VERSION, TREE, OUTPUT,
; SIZE_KB (unpacked) and PRESS (how hard to compress).
;
;   /S                     say nothing, show nothing
;   /CurrentUser /AllUsers for whom (one user is the default)
;   /D=FOLDER              where, last on the line and without quotes
;
; Exit status: 0 done, 1 cancelled, 2 something went wrong, 3 the program is running,
; 4 too little room on the disk.

Unicode true
Target amd64-unicode
SetCompressor /SOLID ${PRESS}
!if "${PRESS}" == "lzma"
  SetCompressorDictSize 64
!endif

!define NAME "Gradient Explorer"
!define CONSOLE "gradient-explorer.exe"
!define WINDOW "gradient-explorer-window.exe"
!define PICTURE "gradient-explorer.ico"
!define PUBLISHER "The Gradient Explorer developers"
!define KIND "GradientExplorer.Experiment"
!define CLASSES "Software\Classes"
!define VERB "${CLASSES}\SystemFileAssociations\.toml\shell\GradientExplorer"
!define APP_PATHS "Software\Microsoft\Windows\CurrentVersion\App Paths"
!define UNINSTALL "Software\Microsoft\Windows\CurrentVersion\Uninstall\GradientExplorer"

!define MULTIUSER_EXECUTIONLEVEL Highest
!define MULTIUSER_MUI
!define MULTIUSER_INSTALLMODE_COMMANDLINE
!define MULTIUSER_INSTALLMODE_DEFAULT_CURRENTUSER
!define MULTIUSER_USE_PROGRAMFILES64
!define MULTIUSER_INSTALLMODE_INSTDIR "${NAME}"
!define MULTIUSER_INSTALLMODE_INSTDIR_REGISTRY_KEY "${UNINSTALL}"
!define MULTIUSER_INSTALLMODE_INSTDIR_REGISTRY_VALUENAME "InstallLocation"
!define MULTIUSER_INSTALLMODE_DEFAULT_REGISTRY_KEY "${UNINSTALL}"
!define MULTIUSER_INSTALLMODE_DEFAULT_REGISTRY_VALUENAME "InstallLocation"
!include MultiUser.nsh
!include MUI2.nsh
!include FileFunc.nsh
!include LogicLib.nsh

Name "${NAME}"
BrandingText "${NAME} ${VERSION}"
OutFile "${OUTPUT}"
ShowInstDetails nevershow
ShowUninstDetails nevershow
VIProductVersion "${VERSION}.0"
VIAddVersionKey ProductName "${NAME}"
VIAddVersionKey ProductVersion "${VERSION}"
VIAddVersionKey FileVersion "${VERSION}"
VIAddVersionKey FileDescription "${NAME} ${VERSION}"
VIAddVersionKey CompanyName "${PUBLISHER}"
VIAddVersionKey LegalCopyright "${PUBLISHER}, MIT licence"

!define MUI_ICON "${TREE}/${PICTURE}"
!define MUI_UNICON "${TREE}/${PICTURE}"
!define MUI_ABORTWARNING
!define MUI_FINISHPAGE_RUN "$INSTDIR\${WINDOW}"
!insertmacro MUI_PAGE_WELCOME
!insertmacro MULTIUSER_PAGE_INSTALLMODE
!insertmacro MUI_PAGE_DIRECTORY
!insertmacro MUI_PAGE_INSTFILES
!insertmacro MUI_PAGE_FINISH
!insertmacro MUI_UNPAGE_CONFIRM
!insertmacro MUI_UNPAGE_INSTFILES
; The first that fits the user's own language is taken, without asking.
!insertmacro MUI_LANGUAGE "English"
!insertmacro MUI_LANGUAGE "SimpChinese"

LangString KindName ${LANG_ENGLISH} "Gradient Explorer experiment"
LangString KindName ${LANG_SIMPCHINESE} "Gradient Explorer 实验"
LangString OpenIn ${LANG_ENGLISH} "Open in Gradient Explorer"
LangString OpenIn ${LANG_SIMPCHINESE} "用 Gradient Explorer 打开"
LangString Comment ${LANG_ENGLISH} "PyTorch's autograd made visible"
LangString Comment ${LANG_SIMPCHINESE} "让 PyTorch 的自动求导看得见"
LangString Running ${LANG_ENGLISH} "Gradient Explorer is running. Close its windows, then try again."
LangString Running ${LANG_SIMPCHINESE} "Gradient Explorer 正在运行。请关闭其窗口后重试。"
LangString NoRoom ${LANG_ENGLISH} "There is too little room on the disk: $1 MB are needed, $2 MB are free. Nothing was changed."
LangString NoRoom ${LANG_SIMPCHINESE} "磁盘空间不足：需要 $1 MB，可用 $2 MB。未作任何更改。"
LangString Failed ${LANG_ENGLISH} "The files could not be written to $INSTDIR. Is the disk full, or the folder not yours? What was installed before is as it was."
LangString Failed ${LANG_SIMPCHINESE} "无法将文件写入 $INSTDIR。磁盘是否已满，或对该文件夹没有权限？先前安装的内容未受影响。"

Var Chosen

Function .onInit
  StrCpy $Chosen $INSTDIR  ; by /D=; MULTIUSER_INIT forgets it
  !insertmacro MULTIUSER_INIT
  ${If} $Chosen != ""
    StrCpy $INSTDIR $Chosen
  ${EndIf}
FunctionEnd

Function un.onInit
  !insertmacro MULTIUSER_UNINIT
FunctionEnd

; A library that is in use cannot be opened for writing.
!macro REFUSE_WHILE_RUNNING
  again:
  IfFileExists "$INSTDIR\program\python311.dll" 0 idle
  ClearErrors
  FileOpen $0 "$INSTDIR\program\python311.dll" a
  IfErrors 0 closed
    MessageBox MB_RETRYCANCEL|MB_ICONEXCLAMATION "$(Running)" /SD IDCANCEL IDRETRY again
    SetErrorLevel 3
    Quit
  closed:
  FileClose $0
  idle:
!macroend

!macro REFUSE_WITHOUT_ROOM
  IntOp $1 ${SIZE_KB} / 1024
  IntOp $1 $1 + 50
  ${GetRoot} "$INSTDIR" $0
  ClearErrors
  ${DriveSpace} "$0\" "/D=F /S=M" $2
  ${IfNot} ${Errors}
  ${AndIf} $2 < $1
    MessageBox MB_OK|MB_ICONSTOP "$(NoRoom)" /SD IDOK
    SetErrorLevel 4
    Quit
  ${EndIf}
!macroend

; The new program is unpacked beside the old one, which goes when all is there.
Section "-program"
  !insertmacro REFUSE_WHILE_RUNNING
  !insertmacro REFUSE_WITHOUT_ROOM
  RMDir /r "$INSTDIR\program.new"
  SetOutPath "$INSTDIR\program.new"
  ClearErrors
  File /r "${TREE}/program/*"
  IfErrors failed
  SetOutPath "$INSTDIR"
  RMDir /r "$INSTDIR\program"
  RMDir /r "$INSTDIR\licences"
  ClearErrors
  Rename "$INSTDIR\program.new" "$INSTDIR\program"
  IfErrors failed
  File "${TREE}/${CONSOLE}" "${TREE}/${WINDOW}" "${TREE}/${PICTURE}"
  File /r "${TREE}/licences"
  WriteUninstaller "$INSTDIR\uninstall.exe"
  IfErrors failed done
  failed:
    SetOutPath "$TEMP"
    RMDir /r "$INSTDIR\program.new"
    RMDir "$INSTDIR"
    MessageBox MB_OK|MB_ICONSTOP "$(Failed)" /SD IDOK
    SetErrorLevel 2
    Quit
  done:
SectionEnd

Section "-registration"
  CreateShortCut "$SMPROGRAMS\${NAME}.lnk" "$INSTDIR\${WINDOW}" "" "$INSTDIR\${PICTURE}" 0 \
    SW_SHOWNORMAL "" "$(Comment)"

  WriteRegStr SHCTX "${CLASSES}\${KIND}" "" "$(KindName)"
  WriteRegStr SHCTX "${CLASSES}\${KIND}\DefaultIcon" "" "$INSTDIR\${PICTURE},0"
  WriteRegStr SHCTX "${CLASSES}\${KIND}\shell\open\command" "" '"$INSTDIR\${WINDOW}" "%1"'
  ; Windows knows only the last suffix: we are offered for .toml and never take it over, and
  ; *.gx.toml has a verb of its own in the menu.
  WriteRegStr SHCTX "${CLASSES}\.toml\OpenWithProgids" "${KIND}" ""
  WriteRegStr SHCTX "${VERB}" "" "$(OpenIn)"
  WriteRegStr SHCTX "${VERB}" "AppliesTo" 'System.FileName:"*.gx.toml"'
  WriteRegStr SHCTX "${VERB}" "Icon" "$INSTDIR\${PICTURE}"
  WriteRegStr SHCTX "${VERB}\command" "" '"$INSTDIR\${WINDOW}" "%1"'
  WriteRegStr SHCTX "${APP_PATHS}\${CONSOLE}" "" "$INSTDIR\${CONSOLE}"
  WriteRegStr SHCTX "${APP_PATHS}\${WINDOW}" "" "$INSTDIR\${WINDOW}"

  WriteRegStr SHCTX "${UNINSTALL}" "DisplayName" "${NAME}"
  WriteRegStr SHCTX "${UNINSTALL}" "DisplayVersion" "${VERSION}"
  WriteRegStr SHCTX "${UNINSTALL}" "DisplayIcon" "$INSTDIR\${PICTURE}"
  WriteRegStr SHCTX "${UNINSTALL}" "Publisher" "${PUBLISHER}"
  WriteRegStr SHCTX "${UNINSTALL}" "InstallLocation" "$INSTDIR"
  WriteRegStr SHCTX "${UNINSTALL}" "UninstallString" \
    '"$INSTDIR\uninstall.exe" /$MultiUser.InstallMode'
  WriteRegStr SHCTX "${UNINSTALL}" "QuietUninstallString" \
    '"$INSTDIR\uninstall.exe" /$MultiUser.InstallMode /S'
  WriteRegDWORD SHCTX "${UNINSTALL}" "EstimatedSize" ${SIZE_KB}
  WriteRegDWORD SHCTX "${UNINSTALL}" "NoModify" 1
  WriteRegDWORD SHCTX "${UNINSTALL}" "NoRepair" 1
  Call TellTheShell
SectionEnd

; SHCNE_ASSOCCHANGED: icons and menus are read anew.
!macro TELL_THE_SHELL
  System::Call "shell32::SHChangeNotify(i 0x08000000, i 0, p 0, p 0)"
!macroend

Function TellTheShell
  !insertmacro TELL_THE_SHELL
FunctionEnd

Function .onInstFailed
  SetOutPath "$TEMP"
  RMDir /r "$INSTDIR\program.new"
  SetErrorLevel 2
FunctionEnd

; Only what is ours: the folder may have been one of the user's.
Section "Uninstall"
  !insertmacro REFUSE_WHILE_RUNNING
  SetOutPath "$TEMP"
  RMDir /r "$INSTDIR\program"
  RMDir /r "$INSTDIR\program.new"
  RMDir /r "$INSTDIR\licences"
  Delete "$INSTDIR\${CONSOLE}"
  Delete "$INSTDIR\${WINDOW}"
  Delete "$INSTDIR\${PICTURE}"
  Delete "$INSTDIR\uninstall.exe"
  RMDir "$INSTDIR"
  Delete "$SMPROGRAMS\${NAME}.lnk"
  DeleteRegKey SHCTX "${CLASSES}\${KIND}"
  DeleteRegValue SHCTX "${CLASSES}\.toml\OpenWithProgids" "${KIND}"
  DeleteRegKey /ifempty SHCTX "${CLASSES}\.toml\OpenWithProgids"
  DeleteRegKey /ifempty SHCTX "${CLASSES}\.toml"
  DeleteRegKey SHCTX "${VERB}"
  DeleteRegKey /ifempty SHCTX "${CLASSES}\SystemFileAssociations\.toml\shell"
  DeleteRegKey /ifempty SHCTX "${CLASSES}\SystemFileAssociations\.toml"
  DeleteRegKey SHCTX "${APP_PATHS}\${CONSOLE}"
  DeleteRegKey SHCTX "${APP_PATHS}\${WINDOW}"
  DeleteRegKey SHCTX "${UNINSTALL}"
  !insertmacro TELL_THE_SHELL
SectionEnd
