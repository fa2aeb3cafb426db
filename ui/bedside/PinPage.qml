pragma ComponentBehavior: Bound

import QtQuick
import SmartWard.Screen
import "../theme"

// The digits of a patient's PIN: 1 to 9 in the page's own place; where there is height below them
// also 0 and "delete", else these stand beside (`PinSide`).
Item {
    id: page

    required property BedsideModel model
    property bool whole: false
    readonly property var keys: page.whole ? ["1", "2", "3", "4", "5", "6", "7", "8", "9", "", "0", "erase"] : ["1", "2", "3", "4", "5", "6", "7", "8", "9"]
    readonly property real gap: Theme.touchPatientGap
    readonly property int rows: page.whole ? 4 : 3
    readonly property real cell: Math.floor((page.width - 2 * page.gap) / 3)
    readonly property real line: Math.floor((page.height - (page.rows - 1) * page.gap) / page.rows)

    Grid {
        // Digits have one order in every script.
        LayoutMirroring.enabled: false
        anchors.fill: parent
        columns: 3
        spacing: page.gap

        Repeater {
            model: page.keys

            Item {
                id: place

                required property string modelData

                height: page.line
                width: page.cell

                PinKey {
                    anchors.fill: parent
                    key: place.modelData
                    model: page.model
                    visible: place.modelData !== ""
                }
            }
        }
    }
}
