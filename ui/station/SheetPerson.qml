pragma ComponentBehavior: Bound

import QtQuick
import SmartWard.Screen
import "../components"
import "../theme"

// How to reach this person, each line changed by a touch; and silence.
Column {
    id: part

    required property SheetDeeds deeds

    spacing: Theme.grid / 2

    SheetTitle {
        text: qsTr("How to reach this person")
    }
    Repeater {
        model: part.deeds.profile

        delegate: Rectangle {
            id: line

            required property string key
            required property string icon
            required property string text
            required property string tone

            Accessible.name: line.text
            Accessible.role: Accessible.Button
            activeFocusOnTab: true
            border.color: line.activeFocus ? Theme.ink : Theme.line
            border.width: line.activeFocus ? Theme.edge : Theme.hairline
            color: tap.pressed ? Theme.brandSoft : Theme.surface
            height: Theme.touchStaff
            objectName: "profile-" + line.key
            radius: Theme.radiusSmall
            width: part.width

            Accessible.onPressAction: part.deeds.setProfile(line.key)
            Keys.onReturnPressed: part.deeds.setProfile(line.key)
            Keys.onSpacePressed: part.deeds.setProfile(line.key)

            Icon {
                id: mark

                anchors.verticalCenter: parent.verticalCenter
                color: line.tone === "" ? Theme.muted : Theme.brand
                name: line.icon
                size: Math.round(1.2 * Theme.sizeLabel)
                x: Theme.grid
            }
            Label {
                anchors.left: mark.right
                anchors.leftMargin: Theme.grid
                anchors.right: parent.right
                anchors.rightMargin: Theme.grid
                anchors.verticalCenter: parent.verticalCenter
                color: line.tone === "" ? Theme.muted : Theme.ink
                elide: Text.ElideRight
                font.pixelSize: Theme.sizeLabel
                font.weight: line.tone === "" ? Theme.regular : Theme.bold
                fontSizeMode: Text.HorizontalFit
                minimumPixelSize: Theme.length(15)
                text: line.text
            }
            Touch {
                id: tap

                onTapped: part.deeds.setProfile(line.key)
            }
        }
    }
    TouchButton {
        iconName: part.deeds.silenced ? "volume-high" : "candle"
        kind: "quiet"
        objectName: "silence"
        text: part.deeds.silenced ? qsTr("End the silence") : qsTr("Silence this bed")

        onActivated: {
            if (part.deeds.silenced)
                part.deeds.endSilence();
            else
                part.deeds.silence();
        }
    }
}
