import QtQuick
import SmartWard.Screen
import "../components"
import "../theme"

// Who answers for the ward's calls while they are entrusted, with the verb that works here.
Rectangle {
    id: banner

    required property EntrustModel entrust

    Accessible.name: banner.entrust.line
    Accessible.role: Accessible.AlertMessage
    color: Theme.sunken
    height: banner.visible ? Math.max(words.implicitHeight, verbs.height) + 1.5 * Theme.grid : 0
    objectName: "entrustBanner"
    visible: banner.entrust.line !== ""

    Icon {
        id: mark

        anchors.left: parent.left
        anchors.leftMargin: Theme.margin
        anchors.verticalCenter: parent.verticalCenter
        name: "swap-horizontal-bold"
        size: Math.round(1.2 * Theme.sizeLabel)
    }
    Label {
        id: words

        anchors.left: mark.right
        anchors.leftMargin: Theme.grid
        anchors.right: verbs.left
        anchors.rightMargin: Theme.margin
        anchors.verticalCenter: parent.verticalCenter
        font.pixelSize: Theme.sizeLabel
        font.weight: Theme.semibold
        objectName: "entrustLine"
        tabular: true
        text: banner.entrust.line
        wrapMode: Text.Wrap
    }
    Row {
        id: verbs

        anchors.right: parent.right
        anchors.rightMargin: Theme.margin
        anchors.verticalCenter: parent.verticalCenter
        height: Theme.touchStaff
        spacing: Theme.gap

        TouchButton {
            kind: "primary"
            objectName: "entrustTake"
            text: qsTr("Take over")
            visible: banner.entrust.takes

            onActivated: banner.entrust.take()
        }
        TouchButton {
            objectName: "entrustDecline"
            text: qsTr("Decline")
            visible: banner.entrust.takes

            onActivated: banner.entrust.end()
        }
        TouchButton {
            objectName: "entrustGive"
            text: qsTr("Give back")
            visible: banner.entrust.gives

            onActivated: banner.entrust.end()
        }
        TouchButton {
            objectName: "entrustEnd"
            text: qsTr("Take back")
            visible: banner.entrust.ends && !banner.entrust.takes

            onActivated: banner.entrust.end()
        }
        TouchButton {
            kind: "quiet"
            objectName: "entrustRead"
            text: qsTr("Understood")
            visible: banner.entrust.told

            onActivated: banner.entrust.putAway()
        }
    }
    Rectangle {
        anchors.bottom: parent.bottom
        color: Theme.dashed
        height: Theme.hairline
        width: parent.width
    }
}
