@echo off
rem Runs Caviar: finds a JDK 25, builds once if needed, and starts the command line.
rem   CAVIAR_JAVA_OPTS  more options for the JVM, for example -Xmx8g
rem The launcher `caviar` does the same for other systems.
setlocal EnableExtensions

set "home=%~dp0"
set "libraries=%home%cli\target\caviar\lib"

set "jdk="
if defined JAVA_HOME call :consider "%JAVA_HOME%"
for /f "delims=" %%J in ('where java 2^>nul') do call :consider "%%~dpJ.."
for /d %%J in ("%ProgramFiles%\Eclipse Adoptium\*" "%ProgramFiles%\Java\*" "%ProgramFiles%\Microsoft\*" "%ProgramFiles%\Zulu\*" "%USERPROFILE%\.jdks\*") do call :consider "%%~J"
if not defined jdk (
  echo caviar: no JDK 25 found in JAVA_HOME, on the PATH or in the usual folders. 1>&2
  echo caviar: install one, or set JAVA_HOME to it. 1>&2
  exit /b 3
)

rem Builds where there is nothing to run yet. Comparing times is beyond cmd: after a change of the
rem sources, delete cli\target.
if exist "%libraries%\.built" goto run
echo caviar: building, which takes a minute or two ... 1>&2
pushd "%home%"
set "JAVA_HOME=%jdk%"
call mvnw.cmd -q --batch-mode -pl cli -am -DskipTests -Dformat.skip=true package 1>&2
if errorlevel 1 (
  popd
  exit /b 1
)
popd
type nul > "%libraries%\.built"

:run
rem One BLAS thread for each trial: what runs in parallel is trials.
if not defined OPENBLAS_NUM_THREADS set OPENBLAS_NUM_THREADS=1
if not defined OMP_NUM_THREADS set OMP_NUM_THREADS=1

rem The flags of pom.xml's caviar.jvm.flags.
"%jdk%\bin\java.exe" ^
  --enable-native-access=ALL-UNNAMED ^
  --sun-misc-unsafe-memory-access=allow ^
  --add-modules=jdk.incubator.vector ^
  -Dorg.bytedeco.javacpp.maxphysicalbytes=8G ^
  -XX:+UseParallelGC ^
  %CAVIAR_JAVA_OPTS% ^
  -cp "%libraries%\*" ^
  dev.caviar.cli.Caviar %*
exit /b %errorlevel%

rem Takes the folder for jdk if it is a JDK 25 and none has been found before.
:consider
if defined jdk exit /b 0
if not exist "%~1\bin\javac.exe" exit /b 0
if not exist "%~1\release" exit /b 0
findstr /b /r "JAVA_VERSION=.25[^0-9]" "%~1\release" >nul
if not errorlevel 1 set "jdk=%~f1"
exit /b 0
