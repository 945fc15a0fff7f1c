//! Small databases and tables made by hand: what is taken over of them, and what is named as left out.

use mlx5_schemas::catalog::{Access, Condition, ParameterKind};

use super::{chosen, database, tables};

#[test]
fn tlvs_and_parameters_are_what_the_tables_say() {
    let folder = database(
        "insert into tlvs values ('nv_new', 2750, 'EXP_ROM', 0, '3', 'prose', 8, 1, 'NEW');
         insert into params values ('mode', 'nv_new', '0x0.24', '0x0.7', 'ENUM', 'prose', 'B=0x10,A=0x2', 'NEW_MODE',
                                    'ignore_dependency', 'mode_valid', 2, 0);
         insert into params values ('mode_valid', 'nv_new', '0x0.31', '0x0.1', 'BOOL', '', null, null, null, null, 0, 0);
         insert into params values ('mac', 'nv_new', '0x4.0', '0x4.0', 'BYTES', '', null, null, null, null, 0, 4);",
    );
    let imported = chosen(folder.path());
    let tlv = imported.catalog.tlv(1, 2750).unwrap();
    assert_eq!((tlv.name.as_str(), tlv.size, tlv.version), ("nv_new", 8, 3));
    assert!(tlv.expansion_rom && tlv.readable && !tlv.capability);
    let names: Vec<&str> = tlv.parameters.iter().map(|parameter| parameter.name.as_str()).collect();
    assert_eq!(names, ["mode_valid", "mode", "mac"], "by place");
    let mode = &tlv.parameters[1];
    assert_eq!((mode.bit_offset, mode.bit_width, mode.since_version), (1, 7, 2));
    assert_eq!(mode.alias.as_deref(), Some("NEW_MODE"));
    assert_eq!(mode.value_name(16), Some("B"));
    assert_eq!(mode.valid_flag.as_deref(), Some("mode_valid"));
    let mac = &tlv.parameters[2];
    assert_eq!((mac.kind, mac.element(3)), (ParameterKind::Bytes, Some((56, 8))));
    assert!(!imported.catalog.to_text().unwrap().contains("prose"), "prose is not read");
    assert!(!imported.catalog.registers().is_empty(), "registers stay");
}

#[test]
fn what_cannot_be_taken_over_is_left_out_and_named() {
    let folder = database(
        "insert into tlvs values ('first', 1, 'NIC', 0, '0', '', 4, 0, null);
         insert into tlvs values ('second', 1, 'NIC', 0, '0', '', 4, 0, null);
         insert into tlvs values ('huge', 2, 'NIC', 0, '0', '', 70000, 0, null);
         insert into params values ('far', 'first', '0x4.24', '0x0.16', 'UNSIGNED', '', null, null, null, null, 0, 0);
         insert into params values ('odd', 'first', '0x0.0', '0x0.1', 'FLOAT', '', null, null, null, null, 0, 0);
         insert into params values ('lost', 'nowhere', '0x0.0', '0x0.1', 'BOOL', '', null, null, null, null, 0, 0);
         insert into params values ('tab' || char(9), 'first', '0x0.0', '0x0.1', 'BOOL', '', null, null, null, null, 0, 0);",
    );
    let notes = chosen(folder.path()).notes.join("\n");
    for part in [
        "TLV \"second\" is left out: first has its class and index",
        "TLV \"huge\" is left out: its numbers are out of range",
        "\"first\".\"far\" is left out: its place is out of range",
        "\"first\".\"odd\" is left out: its type is not known",
        "1 parameters of \"nowhere\" are left out: there is no such TLV",
        "\"first\".\"tab\\t\" is left out: a text of it cannot be held",
    ] {
        assert!(notes.contains(part), "{part}\n{notes}");
    }
}

#[test]
fn unions_arrays_and_indexes_of_registers() {
    let folder = tables(
        "MDSR=0x9110,OTHER=0x1",
        "<field name=\"a\" selected_by=\"MDSR\" subnode=\"mdsr\" /><field name=\"b\" selected_by=\"OTHER\" subnode=\"mdsr\" />",
        "<node name=\"mdsr\" size=\"0x20.0\">
           <field name=\"type_of_token\" access=\"INDEX\" offset=\"0x0.24\" size=\"0x0.8\" enum=\"x=0x1,y=2\" />
           <field name=\"status\" access=\"RO\" offset=\"0x0.0\" size=\"0x0.4\" enum=\"off=0,on=1\" />
           <field name=\"list\" access=\"RW\" offset=\"0x4.24\" size=\"0x4.0\" low_bound=\"1\" high_bound=\"4\" />
           <field name=\"data\" offset=\"0x8.0\" size=\"0x8.0\" subnode=\"choice\" union_selector=\"$(parent).status\" />
         </node>
         <node name=\"choice\" size=\"0x8.0\" attr_is_union=\"1\">
           <field name=\"one\" offset=\"0x0.0\" size=\"0x4.0\" subnode=\"inner\" selected_by=\"on\" />
           <field name=\"two\" access=\"RO\" offset=\"0x0.0\" size=\"0x4.0\" condition=\"$(parent).status GT 3\" />
         </node>
         <node name=\"inner\" size=\"0x4.0\"><field name=\"x\" access=\"OP\" offset=\"0x0.16\" size=\"0x0.16\" /></node>\n",
    );
    let imported = chosen(folder.path());
    let register = imported.catalog.register_by_name("MDSR").unwrap();
    assert_eq!((register.id, register.size), (0x9110, 32));
    let paths: Vec<&str> = register.fields.iter().map(|field| field.path.as_str()).collect();
    assert_eq!(paths, ["type_of_token", "status", "list[]", "data.one.x", "data.two"]);
    let field = |path| register.field(path).unwrap();
    assert_eq!((field("list[]").array, field("list[]").first_element), (Some((4, 8)), 1));
    assert_eq!(field("list[]").bit_offset, 32);
    assert_eq!((field("data.one.x").bit_offset, field("data.one.x").access), (64, Access::Operation));
    let on = Condition::Equals { selector: "status".to_owned(), value: 1 };
    assert_eq!(field("data.one.x").conditions, [on]);
    let expression = Condition::Unevaluated { expression: "status GT 3".to_owned() };
    assert_eq!(field("data.two").conditions, [expression]);
    assert_eq!(register.indexes[0].bit_offset, 0, "the index field is where the file has it");
    assert!(imported.catalog.register_by_name("OTHER").is_none(), "only what is read is taken");
}
