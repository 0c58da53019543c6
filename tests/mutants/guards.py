"""Ways to take a guard away that tests of attacks must notice: the numbers are the rows that the guard is for."""

from __future__ import annotations

from mutant import Mutant

YAML = "tests/security/test_yaml.py"
SUITE = "tests/security/test_yaml_suite.py"
WEB = "tests/security/test_http_out.py"
MAIL = "tests/security/test_mail.py"
TEMPLATES = "tests/security/test_templates.py"
CONDITIONS = "tests/security/test_conditions.py"
LIMITS = "tests/security/test_limits.py"
READER = "language/reader.py"
FILES = "language/files.py"
CLIENT = "connections/web/client.py"

GUARDS = (
    Mutant("1: values do not nest for ever", ((READER, "len(self.stack) >= MAX_DEPTH", "False"),), (f"{YAML}::test_attack_1_depth_that_is_allowed",)),
    Mutant("3: merge keys are refused", ((READER, 'tree.value == "<<" and not tree.style', "False"),), (f"{YAML}::test_attack_3_merge_key_bomb",)),
    Mutant("4: nothing stands inside of itself", ((READER, "any(opened.anchor == event.anchor for opened in self.stack)", "False"),), (f"{YAML}::test_attack_4_recursive_anchor",)),
    Mutant("5: tags are refused", ((READER, "event.tag is not None", "False"),), (f"{YAML}::test_attack_5_tags",)),
    Mutant("6: keys that look the same are refused", ((READER, 'unicodedata.normalize("NFC", key.translate(_INVISIBLE))', "key"),), (f"{YAML}::test_attack_6_duplicate_keys",)),
    Mutant("6: a name that libyaml cuts is refused", ((READER, "            self._whole_anchor(tree, event, anchor)\n", ""),), (f"{SUITE}::test_what_the_parser_would_take_for_another_value_is_refused",)),
    Mutant("8: control characters are refused", ((READER, "    if not _is_text(source):\n        return None\n", ""),), (f"{YAML}::test_attack_8_encodings",)),
    Mutant("10: one document a file", ((READER, "self.documents > 1", "False"),), (f"{YAML}::test_attack_10_several_documents",)),
    Mutant("11: a key is a text", ((READER, "not isinstance(tree.value, str)", "False"),), (f"{YAML}::test_attack_11_keys_that_are_no_text",)),
    Mutant("12: links do not lead outside", ((FILES, "not path.resolve(strict=True).is_relative_to(root.resolve())", "False"),), (f"{YAML}::test_attack_12_a_link_that_leads_outside",)),
    Mutant("12: only ordinary files are read", ((FILES, "not stat.S_ISREG(os.fstat(file.fileno()).st_mode)", "False"),), (f"{YAML}::test_attack_12_no_ordinary_file",)),
    Mutant("27: data nest at most 64 deep", (("core/encoding.py", "        _built(value, 0, _PLAIN)  # looks at the depth\n", "        pass\n"),), (f"{CONDITIONS}::test_data_that_are_none_are_refused_and_nothing_is_kept",)),
    Mutant("28: fields of an event hide no name", (("core/scope.py", 'names = {**data, **workflow.constants, "event": told, "events": [told], "trigger": trigger, "now": now}', 'names = {**workflow.constants, "event": told, "events": [told], "trigger": trigger, "now": now, **data}'),), (f"{CONDITIONS}::test_fields_of_an_event_hide_no_name_of_the_engine",)),
    Mutant("30: metadata is refused even where private addresses are not", (("connections/web/transport.py", "is_metadata(address) or ", ""),), (f"{WEB}::test_attack_30_metadata_is_refused_even_where_private_addresses_are_allowed",)),
    Mutant("31: tunnels are looked through", (("connections/web/addresses.py", "    if address.sixtofour:\n        return address.sixtofour\n", ""),), (f"{WEB}::test_attack_31_ways_back_into_the_house",)),
    Mutant("35: no proxy of the environment comes between", ((CLIENT, "transport=transport, trust_env=False", "trust_env=True"),), (f"{WEB}::test_attack_35_neither_proxies_nor_passwords_from_the_environment",)),
    Mutant("37: credentials stay with their host", ((CLIENT, "if not same_origin(url, request.url):", "if False:"),), (f"{WEB}::test_attack_37_credentials_stay_with_their_host",)),
    Mutant("38: no more is unpacked than may be kept", (("connections/web/decoding.py", "self._zip.decompress(chunk, self._left + 1)", "self._zip.decompress(chunk)"),), (f"{WEB}::test_attack_38_no_more_is_unpacked_than_may_be_kept",)),
    Mutant("53: chains of events end", (("runtime/ingest.py", "if stored.hop > MAX_HOPS:", "if stored.hop > 3 * MAX_HOPS:"),), (f"{CONDITIONS}::test_events_that_cause_each_other_come_to_an_end",)),
    Mutant("78: a result is measured", (("runtime/answers.py", "if len(encoded) > MAX_RESULT:", "if False:"),), (f"{LIMITS}::test_a_result_has_at_most_256_kib",)),
    Mutant("78: what a run keeps is measured", (("core/scope.py", "if total > MAX_SCOPE - _MAX_EVENT and", "if False and"),), (f"{LIMITS}::test_what_a_run_keeps_has_at_most_1_mib",)),
    Mutant("82: a wait ends within the calendar", (("expressions/times.py", "        return _within_the_calendar(found)\n", "        return found\n"),), (f"{CONDITIONS}::test_a_moment_at_the_edge_of_the_calendar_stops_nobody_else",)),
    Mutant("82: a span has an end", (("expressions/durations.py", "abs(length) > _TEN_YEARS or ", ""),), (f"{LIMITS}::test_durations_are_between_a_second_and_ten_years",)),
)
