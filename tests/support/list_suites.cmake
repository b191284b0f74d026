# cmake -DPROGRAM=FILE -DLEFT_OUT=PATTERNS -DOUTPUT=FILE.cmake -P list_suites.cmake: writes a ctest test for each suite of a
# GoogleTest program, named program.Suite. LEFT_OUT: of which tests none is run, as in --gtest_filter=-…
cmake_minimum_required(VERSION 3.25)
get_filename_component(name ${PROGRAM} NAME_WE)
execute_process(COMMAND ${PROGRAM} --gtest_list_tests OUTPUT_VARIABLE listing RESULT_VARIABLE status TIMEOUT 120)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "${PROGRAM} --gtest_list_tests: ${status}")
endif()
string(REGEX MATCHALL "(^|\n)[^ \n]+\\.[^\n]*" suites "${listing}")  # a suite's tests stand below it, indented
if(NOT suites)
  message(FATAL_ERROR "${PROGRAM} lists no test")
endif()
set(tests "")
foreach(suite IN LISTS suites)
  string(REGEX REPLACE "^\n|\\. .*$|\\.$" "" suite "${suite}")
  string(APPEND tests "add_test([=[${name}.${suite}]=] [=[${PROGRAM}]=] [=[--gtest_filter=${suite}.*-${LEFT_OUT}]=])\n"
    "set_tests_properties([=[${name}.${suite}]=] PROPERTIES TIMEOUT 600 SKIP_REGULAR_EXPRESSION "
    # Where all have skipped; then nothing stands after the last that has.
    "[=[PASSED  . 0 tests.\n(.  SKIPPED . [^\n]*\n)+$]=])\n")
endforeach()
file(WRITE ${OUTPUT} "${tests}")
