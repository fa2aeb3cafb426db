pragma ComponentBehavior: Bound

import QtQuick
import SmartWard.Screen
import "../theme"

// The keys of a set of observations: digits, or what is chosen from, and the verbs beside them.
Item {
    id: keys

    required property ObservationPad pad
    required property ObservationSizes sizes

    height: keys.sizes.lines * keys.sizes.cell + (keys.sizes.lines - 1) * keys.sizes.space

    Grid {
        // Digits have one order in every script.
        LayoutMirroring.enabled: false
        columns: keys.sizes.flat ? 4 : 3
        objectName: "padKeys"
        spacing: keys.sizes.space
        visible: keys.pad.choosing === 0
        x: keys.LayoutMirroring.enabled ? keys.width - width : 0

        Repeater {
            model: ["1", "2", "3", "4", "5", "6", "7", "8", "9", ".", "0", "erase"]

            TouchButton {
                required property string modelData
                readonly property bool digit: modelData.length === 1

                Accessible.name: digit ? modelData : keys.pad.labels.erase
                activeFocusOnTab: false
                enabled: modelData !== "." || keys.pad.pointed
                height: keys.sizes.cell
                iconName: digit ? "" : "backspace-outline"
                iconSize: Math.round(1.2 * keys.sizes.label)
                kind: digit ? "plain" : "quiet"
                minimum: keys.sizes.least
                objectName: "pad-" + (modelData === "." ? "point" : modelData)
                size: keys.sizes.heading
                text: digit ? modelData : ""
                width: keys.sizes.column

                onActivated: {
                    if (digit)
                        keys.pad.press(modelData);
                    else
                        keys.pad.erase();
                }
            }
        }
    }
    Grid {
        id: choosing

        readonly property real span: keys.sizes.apart ? (keys.sizes.columns - 1) * keys.sizes.column + (keys.sizes.columns - 2) * keys.sizes.space : keys.width
        readonly property var verbs: keys.sizes.apart ? [] : keys.pad.correcting || keys.pad.current === "oxygen_device" ? ["next", "save"] : ["missed", "next", "save"]
        readonly property int count: keys.pad.choosing + choosing.verbs.length
        readonly property int lines: Math.max(2, Math.ceil(choosing.count / columns))
        readonly property real line: Math.floor((keys.height - (choosing.lines - 1) * keys.sizes.space) / choosing.lines)
        readonly property real cell: Math.floor((choosing.span - (choosing.columns - 1) * keys.sizes.space) / choosing.columns)

        columns: keys.sizes.flat ? 3 : choosing.count > 4 ? 2 : 1
        spacing: keys.sizes.space
        visible: keys.pad.choosing > 0

        Repeater {
            model: keys.pad.choices

            TouchButton {
                required property string key
                required property string name
                required property bool chosen

                activeFocusOnTab: false
                height: choosing.line
                kind: chosen ? "soft" : "plain"
                minimum: keys.sizes.least
                objectName: "choice-" + key
                size: keys.sizes.verb
                stacked: true
                text: name
                width: choosing.cell

                onActivated: keys.pad.press(key)
            }
        }
        Repeater {
            model: choosing.verbs

            ObservationVerb {
                required property string modelData

                height: choosing.line
                minimum: keys.sizes.least
                pad: keys.pad
                size: keys.sizes.verb
                verb: modelData
                width: choosing.cell
            }
        }
    }
    Grid {
        id: verbs

        columns: keys.sizes.flat && !keys.pad.correcting ? 2 : 1
        spacing: keys.sizes.space
        visible: keys.sizes.apart
        x: keys.width - width

        Repeater {
            id: offeredVerbs

            model: keys.pad.correcting ? ["next", "save"] : ["missed", "all_missed", "next", "save"]

            ObservationVerb {
                required property string modelData
                readonly property int lines: offeredVerbs.count / verbs.columns

                height: Math.floor((keys.height - (lines - 1) * keys.sizes.space) / lines)
                minimum: keys.sizes.least
                pad: keys.pad
                size: keys.sizes.verb
                verb: modelData
                width: keys.sizes.column
            }
        }
    }
}
